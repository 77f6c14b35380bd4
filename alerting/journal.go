package alerting

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	jsonfast "github.com/go-json-experiment/json"
	"github.com/klauspost/compress/s2"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/story"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// Log is what the stage needs of the bus.
type Log interface {
	// Tail reads a lane in order from after, without gaps and repeats, until ctx ends or visit fails.
	Tail(ctx context.Context, subject string, after bus.Position, visit func(bus.Delivery) error) error
	// Trim forgets a lane up to a sequence.
	Trim(ctx context.Context, subject string, upto bus.Position) error
	// Publish returns nil only once every message is stored.
	Publish(ctx context.Context, msgs ...bus.Message) error
	// MaxPayload is the most bytes a message may have, its headers included.
	MaxPayload() int
	// Park stores what cannot be used, with its reason.
	Park(ctx context.Context, stage, id, reason string, data []byte) error
}

// Store is one key-value bucket of the bus.
type Store interface {
	Get(ctx context.Context, key string) (entry bus.Entry, ok bool, err error)
	Put(ctx context.Context, key string, value []byte, expect uint64) (uint64, error)
	PutAll(ctx context.Context, writes []bus.KVWrite) ([]uint64, error)
	Range(ctx context.Context, prefix string, visit func(bus.Entry) error) error
	Changes(ctx context.Context, prefix string, after bus.Position, visit func(e bus.Entry, ok bool) error) (bus.Position, error)
}

// stores are the buckets the stage keeps its state in.
type stores struct{ State, Exposure, Alerts Store }

func (s *stores) of(bucket bus.Bucket) Store {
	if bucket == bus.Alerts {
		return s.Alerts
	}
	return s.Exposure
}

// journal is how a shard's changes are made as one: the journal names a position in the findings and every write
// that belongs to it, and is stored first, on condition that nobody else wrote it since. Only then are the writes
// made and the notifications queued. Whoever takes the shard over makes the writes of the journal it finds again,
// so a crash between any two of them leaves nothing half done; an owner that lost the shard without noticing is
// refused at its next journal.
type journal struct {
	log       Log
	stores    stores
	shard     int
	revision  uint64            // of the journal
	revisions map[string]uint64 // of every key the shard has written or read
	entry     journalEntry
	findings  FindingCounts // of the findings taken in after the entry's sequence
	done      []uint64      // sequences beyond the entry's that were taken in already, ahead of their turn
	made      int64         // of the stream whose findings come now; see bus.Position
}

// journalEntry is what is stored, packed.
type journalEntry struct {
	bus.Position               // of the last finding taken in
	Counts       AlertCounts   `json:"counts"`
	Findings     FindingCounts `json:"findings,omitzero"`
	Done         []uint64      `json:"done,omitempty"` // sequences beyond the position that were taken in already
	Writes       []jwrite      `json:"writes,omitempty"`
	Notes        []jnote       `json:"notes,omitempty"`
}

type jwrite struct {
	Bucket bus.Bucket      `json:"bucket"`
	Key    string          `json:"key"`
	Value  json.RawMessage `json:"value,omitempty"`
	Delete bool            `json:"delete,omitempty"`
}

type jnote struct {
	Subject string `json:"subject"`
	ID      string `json:"id"`
	Data    []byte `json:"data"`
}

// FindingCounts says of which findings no rule made a match, though the enrichment, which sees less of a record, took
// them for such.
type FindingCounts struct {
	Unnamed int64 `json:"unnamed,omitempty"` // no rule named the record; it changed what is known of a bucket, or nothing
	Parked  int64 `json:"parked,omitempty"`  // cannot be read, or not stored
	// Restarts is how often the lanes were read anew: a part of their position, not stored here.
	Restarts uint64 `json:"-"`
}

func (c *FindingCounts) add(o FindingCounts) {
	c.Unnamed += o.Unnamed
	c.Parked += o.Parked
	c.Restarts += o.Restarts
}

// AlertCounts is the alerting part of the ledger.
type AlertCounts struct {
	Opened   int64 `json:"opened"`
	Updated  int64 `json:"updated"`
	Resolved int64 `json:"resolved"`
}

// Count counts a change of an incident.
func (c *AlertCounts) Count(i *incident.Incident) {
	opened, resolved := i.Alert.Revision == 1, i.Alert.Status == alert.Resolved
	if opened {
		c.Opened++
	}
	if resolved {
		c.Resolved++
	}
	if !opened && !resolved {
		c.Updated++
	}
}

// Add adds another shard's counts.
func (c *AlertCounts) Add(o AlertCounts) {
	c.Opened += o.Opened
	c.Updated += o.Updated
	c.Resolved += o.Resolved
}

func (j *journal) key() string { return journalKey(j.shard) }

func journalKey(shard int) string { return bus.Key("alerting", fmt.Sprint(shard)) }

func exposurePrefix(shard int) string { return bus.Key("s" + fmt.Sprint(shard)) }

func bucketKey(shard int, name string) string {
	return exposurePrefix(shard) + "." + bus.Key("bucket", name)
}

func accountKey(shard int, id string) string {
	return exposurePrefix(shard) + "." + bus.Key("account", id)
}

func correlationKey(shard int, key string) string {
	return exposurePrefix(shard) + "." + bus.Key("correlation", key)
}

func alertPrefix(shard int) string { return bus.Key("alert", fmt.Sprint(shard)) }

func alertKey(shard int, id string) string { return alertPrefix(shard) + "." + bus.Key(id) }

// load finishes what the last owner began and reads the shard's state into the engine, one value at a time. Incidents
// that are over at t stay in the store.
func (j *journal) load(ctx context.Context, e *Engine, t time.Time) error {
	entry, ok, err := j.stores.State.Get(ctx, j.key())
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	j.revision, j.revisions, j.entry, j.findings = entry.Revision, map[string]uint64{}, journalEntry{}, FindingCounts{}
	if ok {
		if err := unpack(entry.Value, &j.entry); err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
	}
	j.made = j.entry.Made
	j.done = slices.Clone(j.entry.Done)
	// Taking the journal over with a new revision shuts out an owner that has not noticed its loss.
	if err := j.save(ctx); err != nil {
		return err
	}
	for _, w := range j.entry.Writes {
		x, _, err := j.stores.of(w.Bucket).Get(ctx, w.Key)
		if err != nil {
			return fmt.Errorf("read state: %w", err)
		}
		j.revisions[string(w.Bucket)+w.Key] = x.Revision
	}
	if err := j.carryOut(ctx); err != nil {
		return err
	}
	for bucket, prefix := range map[bus.Bucket]string{bus.Exposure: exposurePrefix(j.shard), bus.Alerts: alertPrefix(j.shard)} {
		err := j.stores.of(bucket).Range(ctx, prefix, func(x bus.Entry) error {
			j.revisions[string(bucket)+x.Key] = x.Revision
			return restore(bucket, x, j.shard, e, t)
		})
		if err != nil {
			return fmt.Errorf("read state: %w", err)
		}
	}
	j.forget(e.book.Forget(t)) // what was noted twice, or is over by now
	return nil
}

// forget drops what was kept of alerts that left memory.
func (j *journal) forget(ids []string) {
	for _, id := range ids {
		delete(j.revisions, string(bus.Alerts)+alertKey(j.shard, id))
	}
}

// glance reads of a stored incident what Incident.Over and Book.Note ask for, without decoding the rest; nil if it cannot.
func glance(value []byte) *incident.Incident {
	var stored struct {
		Kind     incident.Kind `json:"kind"`
		Group    string        `json:"group"`
		Received int64         `json:"received"`
		Story    story.Member  `json:"story"`
		Alert    struct {
			ID                string          `json:"id"`
			Status            alert.Status    `json:"status"`
			Severity          alert.Severity  `json:"severity"`
			Story             *alert.StoryRef `json:"story"`
			FirstSeen         time.Time       `json:"first_seen"`
			LastSeen          time.Time       `json:"last_seen"`
			ResolvedAt        *time.Time      `json:"resolved_at"`
			EventIDs          []string        `json:"event_ids"`
			ResolvingEventIDs []string        `json:"resolving_event_ids"`
		} `json:"alert"`
	}
	if err := jsonfast.Unmarshal(value, &stored); err != nil {
		return nil
	}
	a := &stored.Alert
	return &incident.Incident{Kind: stored.Kind, Group: stored.Group, Received: stored.Received, Story: stored.Story, Alert: alert.Alert{
		ID: a.ID, Status: a.Status, Severity: a.Severity, Story: a.Story, FirstSeen: a.FirstSeen, LastSeen: a.LastSeen, ResolvedAt: a.ResolvedAt, EventIDs: a.EventIDs, ResolvingEventIDs: a.ResolvingEventIDs,
	}}
}

func restore(bucket bus.Bucket, x bus.Entry, shard int, e *Engine, t time.Time) error {
	key, value := x.Key, x.Value
	var err error
	switch {
	case bucket == bus.Alerts:
		if old := glance(value); old != nil && old.Over(t) && e.book.Get(old.Alert.ID) == nil {
			e.book.Note(old)
			return nil
		}
		var i incident.Incident
		if err = json.Unmarshal(value, &i); err == nil {
			e.RestoreIncident(&i, t)
		}
	case strings.HasPrefix(key, exposurePrefix(shard)+".bucket."):
		var b exposure.Bucket
		if err = json.Unmarshal(value, &b); err == nil {
			e.RestoreBucket(&b)
		}
	case strings.HasPrefix(key, exposurePrefix(shard)+".correlation."):
		err = e.RestoreCorrelation(value)
	default:
		var a exposure.Account
		if err = json.Unmarshal(value, &a); err == nil {
			e.RestoreAccount(&a)
		}
	}
	if err != nil {
		return fmt.Errorf("value of %s: %w", key, err)
	}
	return nil
}

// commit makes the changes of the findings up to sequence durable, then queues the notifications. A *bus.TooLargeError
// means that nothing was stored, and that nothing of it ever can be.
func (j *journal) commit(ctx context.Context, sequence uint64, writes []jwrite, notes []jnote) error {
	for _, w := range writes {
		if most := j.log.MaxPayload() - entryRoom; len(w.Value) > most {
			return &bus.TooLargeError{Subject: w.Key, Size: len(w.Value), Limit: most}
		}
	}
	before := j.entry
	j.entry.Position = bus.Position{Sequence: sequence, Made: j.made}
	j.entry.Writes, j.entry.Notes = writes, notes
	j.entry.Done = slices.Clone(j.done)
	j.entry.Findings.add(j.findings)
	if err := j.save(ctx); err != nil {
		j.entry = before
		return err
	}
	j.findings = FindingCounts{}
	return j.carryOut(ctx)
}

// entryRoom is what a message takes beside its data.
const entryRoom = 4 << 10

// pack gives the form in which a value of many parts is stored: S2-packed JSON.
func pack(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	return s2.Encode(nil, text), err
}

// unpack reads what pack wrote.
func unpack(data []byte, v any) error {
	text, err := s2.Decode(nil, data)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

func (j *journal) save(ctx context.Context) error {
	data, err := pack(&j.entry)
	if err != nil {
		return fmt.Errorf("encode journal: %w", err)
	}
	if j.revision, err = j.stores.State.Put(ctx, j.key(), data, j.revision); err != nil {
		return fmt.Errorf("save journal: %w", err)
	}
	return nil
}

// expect is the revision a write is made from. Of an alert that left memory it is not known; nothing but its deletion is
// written of it.
func (j *journal) expect(w jwrite) uint64 {
	revision, ok := j.revisions[string(w.Bucket)+w.Key]
	if !ok && w.Delete && w.Bucket == bus.Alerts {
		return bus.AnyRevision
	}
	return revision
}

// carryOut makes the journal's writes and queues its notifications; doing so again changes nothing.
func (j *journal) carryOut(ctx context.Context) error {
	for _, bucket := range []bus.Bucket{bus.Exposure, bus.Alerts} {
		var batch []bus.KVWrite
		for _, w := range j.entry.Writes {
			if w.Bucket == bucket {
				batch = append(batch, bus.KVWrite{Key: w.Key, Value: w.Value, Delete: w.Delete, Expect: j.expect(w)})
			}
		}
		if len(batch) == 0 {
			continue
		}
		revisions, err := j.stores.of(bucket).PutAll(ctx, batch)
		for i, r := range revisions {
			if r != 0 {
				j.revisions[string(bucket)+batch[i].Key] = r
			}
		}
		if err != nil {
			return fmt.Errorf("store state: %w", err)
		}
	}
	if len(j.entry.Notes) == 0 {
		return nil
	}
	msgs := make([]bus.Message, len(j.entry.Notes))
	for i, n := range j.entry.Notes {
		msgs[i] = bus.Message{Subject: n.Subject, ID: n.ID, Data: n.Data}
	}
	if err := j.log.Publish(ctx, msgs...); err != nil {
		return fmt.Errorf("queue notifications: %w", err)
	}
	return nil
}
