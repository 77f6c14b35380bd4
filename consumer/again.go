package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/s3log"
	"github.com/trailwarden/trailwarden/consumer/sqs"
)

const (
	againEvery = 5 * time.Second  // how often a consumer looks for what is to be read again
	againPause = 30 * time.Second // after something was in the way
	maxAgain   = 64               // that wait
)

// againKey is where what is to be read again waits. One key, so that the right to read and write it is enough.
func againKey() string { return bus.Key("again") }

// Again is what a person wants to be read again: the object, file or message part that letters are about.
type Again struct {
	// Of names it: s3://bucket/key, a file's path, or a queue and a message.
	Of string `json:"of"`
	// Data is the part of a message; objects and files are read where they are.
	Data []byte `json:"data,omitempty"`
	// Token tells the letters of this reading from those of earlier ones.
	Token string `json:"token"`
}

// ErrNotWhole says that a part of a message cannot be read again: only its beginning was kept, and the message is gone.
var ErrNotWhole = errors.New("the dead letter holds only the beginning of what the message brought, and the message is gone")

// AgainOf says what a dead letter of this stage is about. The error is ErrNotWhole.
func AgainOf(d bus.Dead) (Again, error) {
	a := Again{Of: d.ID, Token: fmt.Sprint(d.Sequence)}
	if string(d.Data) != d.ID { // not of an object as a whole, but of a place in it
		a.Of = placeless(d.ID)
	}
	if isObject(a.Of) || filepath.IsAbs(a.Of) {
		return a, nil
	}
	if d.Size > len(d.Data) {
		return Again{}, ErrNotWhole
	}
	a.Of, a.Data = d.ID, d.Data
	return a, nil
}

// About reports whether a dead letter is about the same object or part of a message.
func (a Again) About(d bus.Dead) bool { return d.ID == a.Of || placeless(d.ID) == a.Of }

func isObject(id string) bool { return strings.HasPrefix(id, "s3://") }

// placeless is a letter's id without the place at its end: #7 or #101-5000.
func placeless(id string) string {
	at := strings.LastIndexByte(id, '#')
	if at < 0 || strings.Trim(id[at+1:], "0123456789-") != "" {
		return id
	}
	return id[:at]
}

// ReadAgain asks the consumers to read something again. Some consumer does so soon, over any restart.
func ReadAgain(ctx context.Context, s KeyStore, a Again) error {
	return changeAgain(ctx, s, func(all []Again) ([]Again, error) {
		if len(all) >= maxAgain {
			return nil, fmt.Errorf("%d objects wait to be read again already; try later", len(all))
		}
		return append(all, a), nil
	})
}

// changeAgain changes what waits to be read again, whoever else changes it.
func changeAgain(ctx context.Context, s KeyStore, change func([]Again) ([]Again, error)) error {
	for {
		entry, all, err := waitingAgain(ctx, s)
		if err != nil {
			return err
		}
		if all, err = change(all); err != nil {
			return err
		}
		value, err := json.Marshal(all)
		if err != nil {
			return fmt.Errorf("encode what is to be read again: %w", err)
		}
		_, err = s.PutAll(ctx, []bus.KVWrite{{Key: againKey(), Value: value, Expect: entry.Revision}})
		if _, lost := errors.AsType[*bus.ConflictError](err); !lost {
			return err
		}
	}
}

func waitingAgain(ctx context.Context, s KeyStore) (bus.Entry, []Again, error) {
	entry, ok, err := s.Get(ctx, againKey())
	var all []Again
	if err == nil && ok {
		err = json.Unmarshal(entry.Value, &all)
	}
	if err != nil {
		return entry, nil, fmt.Errorf("read what is to be read again: %w", err)
	}
	return entry, all, nil
}

// readAgain reads what people want to be read again, until ctx ends.
func (s *Consumer) readAgain(ctx context.Context) {
	for pause := againEvery; sleep(ctx, pause) == nil; {
		pause = againEvery
		if err := s.readWaiting(ctx); err != nil && ctx.Err() == nil {
			pause = againPause
			s.log.Warn("not read again; tried later", zap.Duration("retry_in", pause), zap.Error(err))
		}
	}
}

// readWaiting reads what waits to be read again, up to the first that something is in the way of.
func (s *Consumer) readWaiting(ctx context.Context) error {
	_, all, err := waitingAgain(ctx, s.keys)
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := s.again(ctx, a); err != nil {
			return err
		}
		err := changeAgain(ctx, s.keys, func(left []Again) ([]Again, error) {
			return slices.DeleteFunc(left, func(other Again) bool { return other.Of == a.Of && other.Token == a.Token }), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// again reads one thing again, and returns nil when all of it is stored, its letters included.
func (s *Consumer) again(ctx context.Context, a Again) error {
	u := s.collector.begin(a.Of, time.Now())
	u.again = a.Token
	var err error
	switch {
	case isObject(a.Of):
		err = s.objects.read(ctx, u, object{name: a.Of, open: func(ctx context.Context) (*s3log.Object, error) { return s.fetch(ctx, a.Of) }})
	case filepath.IsAbs(a.Of) && s.folders.holds(a.Of):
		err = s.objects.read(ctx, u, object{name: a.Of, open: openFile(a.Of)})
	case filepath.IsAbs(a.Of):
		err = s.collector.park(ctx, u, a.Of, "not read again: consumer.files does not name its folder any more", []byte(a.Of))
	case len(s.queues) == 0:
		err = s.collector.park(ctx, u, a.Of, "not read again: consumer.queues names no queue any more", a.Data)
	default:
		e := sqs.Parse(a.Data)
		w := s.queues[0]
		err = errors.Join(w.takeObjects(ctx, u, e.Objects), w.takeRecords(ctx, u, a.Of, e.Records), w.takeBroken(ctx, u, a.Of, e))
	}
	s.collector.end(u)
	if err != nil {
		return err
	}
	return u.wait(ctx)
}

// fetch opens an object through the first queue that may read its bucket.
func (s *Consumer) fetch(ctx context.Context, name string) (*s3log.Object, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(name, "s3://"), "/")
	for _, w := range s.queues {
		body, err := w.fetcher.Fetch(ctx, bucket, key, "")
		if !is[*s3log.RefusedError](err) {
			return body, err
		}
	}
	return nil, &s3log.RefusedError{Bucket: bucket}
}

// holds reports whether a file is, or lies in, one of the folders.
func (f *folders) holds(path string) bool {
	if f == nil {
		return false
	}
	for _, root := range f.roots {
		if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}
