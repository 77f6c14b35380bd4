package silence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// KV is the key-value bucket of the silences.
type KV interface {
	Get(ctx context.Context, key string) (entry bus.Entry, ok bool, err error)
	Put(ctx context.Context, key string, value []byte, expect uint64) (uint64, error)
}

var _ KV = (*bus.KV)(nil)

// Store keeps all silences under one key, so that one cheap read tells a process whether any has changed.
type Store struct{ kv KV }

// NewStore makes a store over the bucket.
func NewStore(kv KV) *Store { return &Store{kv} }

// ErrNone says that no silence has the id.
var ErrNone = errors.New("no such silence")

// FullError says that there are as many silences as are allowed.
type FullError struct{ Most int }

// Error implements error.
func (e *FullError) Error() string {
	return fmt.Sprintf("there are %d silences already; expire some, or make one that covers several", e.Most)
}

const (
	// keep is how long a silence is shown after its end.
	keep = 90 * 24 * time.Hour
	// most bounds the silences, which share one value of the store.
	most = 500
	// attempts bounds the writes against others who write at the same time.
	attempts = 20
)

func key() string { return bus.Key("silences") }

// Load gives all silences, and the revision that changes with any of them.
func (s *Store) Load(ctx context.Context) ([]Silence, uint64, error) {
	entry, ok, err := s.kv.Get(ctx, key())
	if err != nil {
		return nil, 0, fmt.Errorf("read silences: %w", err)
	}
	if !ok {
		return nil, entry.Revision, nil
	}
	var all []Silence
	if err := json.Unmarshal(entry.Value, &all); err != nil {
		return nil, 0, fmt.Errorf("read silences: %w", err)
	}
	return all, entry.Revision, nil
}

// Add stores a silence under a new id. The same silence added twice is stored once.
func (s *Store) Add(ctx context.Context, one Silence, now time.Time) (Silence, error) {
	one.StartsAt, one.EndsAt = one.StartsAt.UTC(), one.EndsAt.UTC()
	one.ID = ""
	data, err := json.Marshal(one)
	if err != nil {
		return Silence{}, fmt.Errorf("encode silence: %w", err)
	}
	one.ID = alert.NewID("silence", string(data))[:12]
	err = s.change(ctx, func(all []Silence) ([]Silence, error) {
		all = slices.DeleteFunc(all, func(x Silence) bool { return x.ID == one.ID || now.Sub(x.EndsAt) > keep })
		if len(all) >= most {
			return nil, &FullError{most}
		}
		return append(all, one), nil
	})
	return one, err
}

// Expire ends a silence now, in somebody's name. One that has ended already is left as it is.
func (s *Store) Expire(ctx context.Context, id, by string, now time.Time) (Silence, error) {
	var out Silence
	err := s.change(ctx, func(all []Silence) ([]Silence, error) {
		i := slices.IndexFunc(all, func(x Silence) bool { return x.ID == id })
		if i < 0 {
			return nil, ErrNone
		}
		if now.Before(all[i].EndsAt) {
			all[i].EndsAt, all[i].EndedBy = now.UTC(), by
		}
		out = all[i]
		return all, nil
	})
	return out, err
}

// change writes what edit makes of the silences, again if somebody else was faster.
func (s *Store) change(ctx context.Context, edit func([]Silence) ([]Silence, error)) error {
	for range attempts {
		all, revision, err := s.Load(ctx)
		if err != nil {
			return err
		}
		if all, err = edit(all); err != nil {
			return err
		}
		data, err := json.Marshal(all)
		if err != nil {
			return fmt.Errorf("encode silences: %w", err)
		}
		_, err = s.kv.Put(ctx, key(), data, revision)
		if _, conflict := errors.AsType[*bus.ConflictError](err); conflict {
			continue
		}
		if err != nil {
			return fmt.Errorf("store silences: %w", err)
		}
		return nil
	}
	return errors.New("store silences: others write all the time; try again")
}
