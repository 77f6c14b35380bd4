package bus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bucket is the name of a key-value bucket.
type Bucket string

// The buckets.
const (
	History  Bucket = "trail_history"  // how every actor behaves
	Exposure Bucket = "trail_exposure" // who can reach every bucket
	Alerts   Bucket = "trail_alerts"   // incidents, and what each receiver was told
	Silences Bucket = "trail_silences" // silences
	State    Bucket = "trail_state"    // positions, leases, files done
)

// The streams.
const (
	streamEvents   = "TRAIL_EVENTS"
	streamFindings = "TRAIL_FINDINGS"
	streamNotify   = "TRAIL_NOTIFY"
	streamDead     = "TRAIL_DEAD"
)

// EventsSubject is the lane of the events of a shard.
func EventsSubject(shard int) string { return "trail.events." + strconv.Itoa(shard) }

// FindingsSubject is the lane of the findings of an account shard.
func FindingsSubject(shard int) string { return "trail.findings." + strconv.Itoa(shard) }

// NotifySubject is the lane of a receiver, by its name in the settings.
func NotifySubject(receiver string) string { return "trail.notify." + Key(receiver) }

func deadSubject(stage string) string { return "trail.dead." + Key(stage) }

func (k Bucket) stream() string            { return "KV_" + string(k) }
func (k Bucket) subject(key string) string { return "$KV." + string(k) + "." + key }

// keyOf is the key of a bucket's subject.
func keyOf(subject string) string {
	if rest, ok := strings.CutPrefix(subject, "$KV."); ok {
		_, key, _ := strings.Cut(rest, ".")
		return key
	}
	return subject
}

// streamOf is the stream that stores a subject.
func streamOf(subject string) (string, error) {
	parts := strings.SplitN(subject, ".", 3)
	if len(parts) == 3 && parts[0] == "trail" {
		switch parts[1] {
		case "events":
			return streamEvents, nil
		case "findings":
			return streamFindings, nil
		case "notify":
			return streamNotify, nil
		case "dead":
			return streamDead, nil
		}
	}
	if len(parts) == 3 && parts[0] == "$KV" {
		return "KV_" + parts[1], nil
	}
	return "", fmt.Errorf("subject %q belongs to no stream", subject)
}

// dedupWindow is how long JetStream recognises a repeated message ID.
const (
	dedupWindow     = 2 * time.Minute
	dedupWindowDead = time.Hour
	tombstoneTTL    = time.Hour
)

// layout is every stream of the bus. Work streams refuse new messages when full; nothing is ever dropped to
// make room, but for the oldest dead letters of a stage that has filled its share of theirs.
func (b *Bus) layout() []jetstream.StreamConfig {
	work := func(name, subjects string, maxBytes int64, window time.Duration) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Subjects: []string{subjects}, MaxBytes: maxBytes, Duplicates: window,
			Discard: jetstream.DiscardNew, Storage: jetstream.FileStorage, Replicas: b.cfg.Replicas,
			AllowAtomicPublish: true,
		}
	}
	rest := b.maxBytes / 4
	streams := []jetstream.StreamConfig{
		work(streamEvents, "trail.events.*", b.maxBytes, dedupWindow),
		work(streamFindings, "trail.findings.*", rest, dedupWindow),
		work(streamNotify, "trail.notify.*", rest, dedupWindow),
		work(streamDead, "trail.dead.*", rest, dedupWindowDead),
	}
	dead := &streams[len(streams)-1]
	dead.Discard, dead.MaxMsgsPerSubject, dead.MaxAge = jetstream.DiscardOld, int64(b.DeadShare()), b.cfg.DeadRetention
	for _, bucket := range []Bucket{History, Exposure, Alerts, Silences, State} {
		streams = append(streams, jetstream.StreamConfig{
			Name: bucket.stream(), Subjects: []string{bucket.subject(">")},
			MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, Storage: jetstream.FileStorage,
			Replicas: b.cfg.Replicas, AllowRollup: true, DenyDelete: true, AllowMsgTTL: true,
			SubjectDeleteMarkerTTL: tombstoneTTL, AllowAtomicPublish: true,
			AllowDirect: false, // a direct read may be answered by a replica that lags behind
		})
	}
	return streams
}

// streams names the streams of the layout, in an order to which later versions only add.
func (b *Bus) streams() []string {
	var all []string
	for _, cfg := range b.layout() {
		all = append(all, cfg.Name)
	}
	return all
}

func (b *Bus) ensureLayout(ctx context.Context) error {
	if err := b.checkStore(ctx); err != nil {
		return err
	}
	for _, cfg := range b.layout() {
		if err := b.ensureStream(ctx, cfg); err != nil {
			return fmt.Errorf("set up stream %s: %w", cfg.Name, err)
		}
	}
	if err := b.fixShards(ctx); err != nil {
		return err
	}
	return b.fixVersion(ctx)
}

// When several processes make a stream at once, a cluster makes it and may answer none of them. Asked again it answers.
const (
	createWait  = time.Second
	createTries = 5
)

func (b *Bus) createStream(ctx context.Context, cfg jetstream.StreamConfig) error {
	ctx, cancel := context.WithTimeout(ctx, createWait)
	defer cancel()
	_, err := b.js.CreateOrUpdateStream(ctx, cfg)
	return err
}

// ensureStream creates a stream, or brings an existing one to the settings of this version.
func (b *Bus) ensureStream(ctx context.Context, cfg jetstream.StreamConfig) error {
	var err error
	for range createTries {
		if err = b.createStream(ctx, cfg); ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			break
		}
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && (api.ErrorCode == codeStorageExceeded || api.ErrorCode == codeInsufficientResources) {
		return fmt.Errorf("%w: give the account more storage, or set nats.max_bytes lower", err)
	}
	return err
}

// fixShards keeps the number of shards a store was made with: another number would leave lanes unread.
func (b *Bus) fixShards(ctx context.Context) error {
	kv := b.KV(State)
	entry, ok, err := kv.Get(ctx, shardsKey)
	if err != nil {
		return err
	}
	if ok {
		return b.sameShards(string(entry.Value))
	}
	_, err = kv.Put(ctx, shardsKey, []byte(strconv.Itoa(b.cfg.Shards)), entry.Revision)
	if _, lost := errors.AsType[*ConflictError](err); lost {
		return b.fixShards(ctx) // another process was first
	}
	return err
}

func (b *Bus) sameShards(have string) error {
	if want := strconv.Itoa(b.cfg.Shards); have != want {
		return fmt.Errorf("nats.shards is %s but the store was made with %s: set it to %s, or use an empty store", want, have, have)
	}
	return nil
}
