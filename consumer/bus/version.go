package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
)

// LayoutVersion is the version of everything that is stored: streams, keys and values of all stages. It is raised by a
// change that an earlier version of the program would misread; that change reads the layout before it as well. A store
// without a version is of version 1.
const LayoutVersion = 1

// NewerError says that a store was written by a later version of the program. It was not touched.
type NewerError struct{ Version int }

func (e *NewerError) Error() string {
	return fmt.Sprintf("the store has layout %d, and this version of trailwarden knows %d: run the version that wrote it, or restore a backup from before; nothing was changed",
		e.Version, LayoutVersion)
}

// checkStore refuses, before anything is touched, a store that is not for this program with its settings.
func (b *Bus) checkStore(ctx context.Context) error {
	_, err := b.version(ctx)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil // a new one
	}
	if err != nil {
		return err
	}
	shards, ok, err := b.KV(State).Get(ctx, shardsKey)
	if err != nil || !ok {
		return err
	}
	return b.sameShards(string(shards.Value))
}

// version gives the entry of the store's version, or a *NewerError.
func (b *Bus) version(ctx context.Context) (Entry, error) {
	entry, ok, err := b.KV(State).Get(ctx, versionKey)
	if err != nil || !ok {
		return entry, err
	}
	version, err := strconv.Atoi(string(entry.Value))
	if err != nil {
		return entry, fmt.Errorf("version of the store: %w", err)
	}
	if version > LayoutVersion {
		return entry, &NewerError{version}
	}
	return entry, nil
}

// fixVersion writes the version of the layout that was made. From then on earlier versions refuse the store.
func (b *Bus) fixVersion(ctx context.Context) error {
	entry, err := b.version(ctx)
	want := strconv.Itoa(LayoutVersion)
	if err != nil || string(entry.Value) == want {
		return err
	}
	_, err = b.KV(State).Put(ctx, versionKey, []byte(want), entry.Revision)
	if _, lost := errors.AsType[*ConflictError](err); lost {
		return b.fixVersion(ctx) // another process was first
	}
	return err
}

// errNoLayout is transient: a process that settles the layout may be on its way.
var errNoLayout = errors.New("the streams of this version are not there yet: a process with the role alerting makes them")

// findLayout is nil once another process has made the layout of this version, which is the last thing it writes.
func (b *Bus) findLayout(ctx context.Context) error {
	version, err := b.version(ctx)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound), err == nil && string(version.Value) != strconv.Itoa(LayoutVersion):
		return errNoLayout
	case err != nil:
		return err
	}
	shards, _, err := b.KV(State).Get(ctx, shardsKey)
	if err != nil {
		return err
	}
	return b.sameShards(string(shards.Value))
}

const (
	shardsKey  = "layout.shards"
	versionKey = "layout.version"
	marksKey   = "layout.marks"
)
