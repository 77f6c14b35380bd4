package consumer

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/sqs"
)

// CanaryConfig is the `canary` part of the consumer's settings: events of the daemon's own that are sent through every
// queue, to see how long they take to the end.
type CanaryConfig struct {
	// Every is the time between two of a queue; 0 sends none.
	Every time.Duration `yaml:"every"`
	// Within is how long one may take. None that was sent less than Every and Within ago has arrived: that is an alert.
	Within time.Duration `yaml:"within"`
}

func (c CanaryConfig) validate(queues int, report func(path, problem string)) {
	if c.Every != 0 && (c.Every < time.Second || c.Every > 24*time.Hour) {
		report("canary.every", fmt.Sprintf("is %s; give a duration from 1s to 24h, or 0 to send none", c.Every))
	}
	if c.Within < time.Second || c.Within > 24*time.Hour {
		report("canary.within", fmt.Sprintf("is %s; give a duration from 1s to 24h", c.Within))
	}
	if c.Every != 0 && queues == 0 {
		report("canary.every", "is set without a queue to send through; set queues, or remove it")
	}
}

// CanaryKey proves that a canary is the daemon's own. It is kept in the state bucket, made by whoever waits for the
// canaries; those who send them read it.
type CanaryKey []byte

func canaryKeyName() string { return bus.Key("canary", "key") }

// KeyStore is where the key is kept; *bus.KV is one.
type KeyStore interface {
	Get(ctx context.Context, key string) (bus.Entry, bool, error)
	PutAll(ctx context.Context, writes []bus.KVWrite) ([]uint64, error)
}

var _ KeyStore = (*bus.KV)(nil)

// ReadCanaryKey gives the key, nil if there is none yet.
func ReadCanaryKey(ctx context.Context, s KeyStore) (CanaryKey, error) {
	entry, ok, err := s.Get(ctx, canaryKeyName())
	if err != nil || !ok {
		return nil, err
	}
	return entry.Value, nil
}

// MakeCanaryKey gives the key, and makes one if there is none yet.
func MakeCanaryKey(ctx context.Context, s KeyStore) (CanaryKey, error) {
	key, err := ReadCanaryKey(ctx, s)
	if err != nil || key != nil {
		return key, err
	}
	_, err = s.PutAll(ctx, []bus.KVWrite{{Key: canaryKeyName(), Value: []byte(rand.Text())}})
	if _, lost := errors.AsType[*bus.ConflictError](err); err != nil && !lost {
		return nil, err
	}
	return ReadCanaryKey(ctx, s)
}

// id names a canary: the queue, by its place in the settings, when it was sent, in Unix milliseconds, and the proof.
func (k CanaryKey) id(queue int, sent time.Time) string {
	text := fmt.Sprintf("canary-%d-%d", queue, sent.UnixMilli())
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(text))
	return text + "-" + hex.EncodeToString(mac.Sum(nil)[:16])
}

// Open tells a canary's queue and when it was sent; ok is false if it is not the daemon's own.
func (k CanaryKey) Open(id string) (queue int, sent time.Time, ok bool) {
	parts := strings.Split(id, "-")
	if len(parts) != 4 || len(k) == 0 {
		return 0, time.Time{}, false
	}
	queue, err := strconv.Atoi(parts[1])
	ms, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || err2 != nil {
		return 0, time.Time{}, false
	}
	sent = time.UnixMilli(ms)
	return queue, sent, hmac.Equal([]byte(k.id(queue, sent)), []byte(id))
}

// canaryRecord is the event as it stands in the queue. It names no account and region, so that it is nobody's sign of
// life, and an actor of its own, so that each may take another way through the shards.
func canaryRecord(id string, sent time.Time) string {
	record, _ := json.Marshal(map[string]any{ // plain texts: it cannot fail
		"eventVersion": "1.11", "eventID": id, "eventTime": sent.UTC().Format(time.RFC3339), "eventType": "AwsServiceEvent",
		"eventSource": cloudtrail.CanarySource, "eventName": "Canary", "userIdentity": map[string]string{"type": "Unknown", "principalId": id},
	})
	return string(record)
}

// sendCanaries sends one through every queue again and again, until ctx ends.
func (s *Consumer) sendCanaries(ctx context.Context) {
	for pause := time.Duration(0); sleep(ctx, pause) == nil; {
		key, err := ReadCanaryKey(ctx, s.keys)
		if err == nil && key == nil { // nobody waits for them yet
			pause = time.Second
			continue
		}
		for i, w := range s.queues {
			s.sendCanary(ctx, i, w.queue, key, err)
		}
		pause = s.canary.Every
	}
}

// sendCanary sends one through a queue, unless something was in the way before.
func (s *Consumer) sendCanary(ctx context.Context, number int, queue *sqs.Queue, key CanaryKey, err error) {
	if err == nil {
		now := time.Now()
		err = queue.Send(ctx, canaryRecord(key.id(number, now), now))
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.metrics.canaries.WithLabelValues(queue.Name(), "failed").Inc()
		s.log.Warn("canary not sent", zap.String("queue", queue.Name()), zap.Duration("retry_in", s.canary.Every), zap.Error(err))
	default:
		s.metrics.canaries.WithLabelValues(queue.Name(), "sent").Inc()
	}
}
