package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Loss is what was stored and is not there any more.
type Loss struct {
	Stream string `json:"stream"`
	// Key is the key of the bucket, or the subject of the stream, whose value or message is lost; empty if it cannot be read.
	Key string `json:"key,omitempty"`
	// Count is how many messages or values are lost, at most.
	Count uint64 `json:"count"`
	// First and Last are the sequences between which they were; 0 if that is not known.
	First uint64 `json:"first_sequence,omitempty"`
	Last  uint64 `json:"last_sequence,omitempty"`
	// From and To are the times between which they were stored.
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"`
	Found  time.Time `json:"found"`
	Reason string    `json:"reason"`
	// Do says what to do about it.
	Do string `json:"do"`
}

// lossPrefix begins the keys of the state bucket that hold the losses.
const lossPrefix = "loss"

// remedy says what to do about what a stream lost.
func remedy(stream string) string {
	switch stream {
	case streamEvents, streamFindings:
		return "replay the log files of that time (trailwarden replay) and compare the alerts: events that nobody had read yet were lost"
	case streamNotify:
		return "look at the alerts of that time (trailwarden alerts list): a receiver may not have been told of their last change"
	case streamDead:
		return "nothing can be done: dead letters of that time are gone; what consumer read can be read again from S3"
	case History.stream():
		return "nothing needs to be done: the habits of the actors concerned are learnt anew, and counts of the ledger are kept elsewhere"
	case Exposure.stream():
		return "replay the log files since the buckets were last changed: until its next event the state of a bucket concerned is unknown"
	case Alerts.stream():
		return "replay the log files of that time: alerts are missing, or may be told again"
	case Silences.stream():
		return "look at the silences (trailwarden silences list) and add what is missing"
	default:
		return "nothing needs to be done: positions that are missing are read anew, which changes nothing twice"
	}
}

// lossOf is the loss of one damaged record.
func lossOf(stream string, r record, reason string) Loss {
	l := Loss{Stream: stream, Key: keyOf(r.subject), Count: 1, First: r.sequence, Last: r.sequence, Found: time.Now().UTC(), Reason: reason, Do: remedy(stream)}
	if r.time > 0 && r.sequence > 0 {
		l.From = time.Unix(0, r.time).UTC()
		l.To = l.From
	}
	return l
}

// repair looks at the files of a store that no server uses, takes out what is damaged, and gives what was lost by it. Damage
// at the very end is not among it: the marks tell whether that was ever acknowledged.
func repair(dataDir string, streams []string, log *zap.Logger) (losses []Loss, torn map[string]record, err error) {
	torn = map[string]record{}
	for _, name := range streams {
		in, err := inspect(filepath.Join(dataDir, "jetstream"), name)
		if err != nil {
			return nil, nil, err
		}
		if in == nil || len(in.damaged) == 0 {
			continue
		}
		if in.torn != nil {
			torn[name] = *in.torn
		}
		keep := filepath.Join(dataDir, "damaged", time.Now().UTC().Format("20060102T150405.000000000"))
		for _, r := range in.lost {
			losses = append(losses, lossOf(name, r, "a stored record is damaged; the file as it was is in "+keep))
		}
		log.Error("store is damaged: the records that are whole are kept", zap.String("stream", name), zap.Int("files", len(in.damaged)),
			zap.Int("lost", len(in.lost)), zap.Bool("torn", in.torn != nil), zap.String("copies", keep))
		if err := in.repair(keep); err != nil {
			return nil, nil, fmt.Errorf("repair stream %s: %w", name, err)
		}
	}
	return losses, torn, prune(filepath.Join(dataDir, "damaged"))
}

// mostCopies is how many times the files that were damaged are kept.
const mostCopies = 20

// prune removes the oldest copies of damaged files.
func prune(dir string) error {
	copies, err := os.ReadDir(dir) // in the order of their names, which are times
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for len(copies) > mostCopies {
		if err := os.RemoveAll(filepath.Join(dir, copies[0].Name())); err != nil {
			return err
		}
		copies = copies[1:]
	}
	return nil
}

// losses are what is known of losses, as stored.
type losses struct {
	mu  sync.Mutex
	all []Loss
}

// Lost counts the messages and values that were ever lost.
func (b *Bus) Lost() (n uint64) {
	b.losses.mu.Lock()
	defer b.losses.mu.Unlock()
	for _, l := range b.losses.all {
		n += l.Count
	}
	return n
}

// LostLately is an error for a day after something was found to be lost.
func (b *Bus) LostLately() error {
	b.losses.mu.Lock()
	defer b.losses.mu.Unlock()
	n := uint64(0)
	for _, l := range b.losses.all {
		if time.Since(l.Found) < 24*time.Hour {
			n += l.Count
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d stored messages or values were lost: trailwarden store check says which", n)
}

// loadLosses reads what is known of earlier losses.
func (b *Bus) loadLosses(ctx context.Context) error {
	var all []Loss
	err := b.KV(State).Range(ctx, lossPrefix, func(e Entry) error {
		var l Loss
		if err := json.Unmarshal(e.Value, &l); err != nil {
			return fmt.Errorf("value of %s: %w", e.Key, err)
		}
		all = append(all, l)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read losses: %w", err)
	}
	b.losses.mu.Lock()
	defer b.losses.mu.Unlock()
	b.losses.all = all
	return nil
}

// lose tells of losses, and stores that.
func (b *Bus) lose(ctx context.Context, found []Loss) error {
	var writes []KVWrite
	for _, l := range found {
		b.log.Error("stored messages or values were lost", zap.String("stream", l.Stream), zap.String("key", l.Key), zap.Uint64("count", l.Count),
			zap.Time("from", l.From), zap.Time("to", l.To), zap.String("reason", l.Reason), zap.String("do", l.Do))
		value, err := json.Marshal(l)
		if err != nil {
			return err
		}
		writes = append(writes, KVWrite{Key: Key(lossPrefix, l.Found.Format(time.RFC3339Nano), fmt.Sprint(len(writes)), l.Stream, l.Key), Value: value, Expect: AnyRevision})
	}
	if len(writes) == 0 {
		return nil
	}
	b.losses.mu.Lock()
	b.losses.all = append(b.losses.all, found...)
	b.losses.mu.Unlock()
	if _, err := b.KV(State).PutAll(ctx, writes); err != nil {
		return fmt.Errorf("store losses: %w", err)
	}
	return nil
}

// compare looks whether each stream is the one that its mark tells of, and holds all that was acknowledged of it. One that
// does not gets a new name among positions, before anything new is stored in it.
func (b *Bus) compare(ctx context.Context) ([]Loss, error) {
	var found []Loss
	for _, name := range b.streams() {
		s, err := b.look(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("look at stream %s: %w", name, err)
		}
		was, known := b.marks.get(name)
		if b.server == nil && known && was.made == s.created && was.last > s.LastSeq {
			if b.short[name]++; b.short[name] < missedLooks {
				continue // a new leader may not have caught up
			}
		}
		delete(b.short, name)
		now := mark{made: s.created, losses: was.losses, last: s.LastSeq, held: s.Msgs}
		if s.LastSeq > 0 {
			now.at = s.LastTime.UnixNano()
		}
		if known {
			var l Loss
			if now.losses, l = was.against(name, s); l.Count > 0 {
				found = append(found, b.keyed(l))
			}
		}
		if b.server != nil || !known || was.made != now.made || was.last != now.last || was.held != now.held {
			b.marks.set(name, now)
		}
	}
	return found, b.marks.sync()
}

// keyed names the key whose newest value a torn block held, where that is what was lost.
func (b *Bus) keyed(l Loss) Loss {
	if b.server != nil {
		if torn := b.server.torn[l.Stream]; torn.sequence == l.Last {
			l.Key = keyOf(torn.subject)
		}
	}
	return l
}

// against compares a mark with the stream as it is: it gives how often the stream has lost its end by now, and the loss.
func (m mark) against(name string, s stream) (losses uint64, _ Loss) {
	l := Loss{Stream: name, Found: time.Now().UTC(), Do: remedy(name), Last: m.last, To: time.Unix(0, m.at).UTC()}
	held := m.held + m.since
	switch {
	case m.made != s.created && s.Msgs > 0 && s.FirstTime.UnixNano() < s.created:
		return 0, Loss{} // its messages are those of before
	case m.made != s.created:
		losses, l.Count, l.Reason = 0, held, "the stream is not the one that was here: it was deleted, or its files were removed or cannot be read"
	case m.last <= s.LastSeq:
		return m.losses, Loss{}
	default:
		losses, l.First, l.Reason = m.losses+1, s.LastSeq+1, "the stream has lost its end, which was acknowledged"
		l.Count = m.last - s.LastSeq
		if !strings.HasPrefix(name, "KV_") { // some of it had been read and removed; the end of a bucket is its newest values
			l.Count = min(l.Count, held-min(s.Msgs, held))
		}
		if s.LastSeq > 0 && !s.LastTime.IsZero() {
			l.From = s.LastTime.UTC()
		}
	}
	return losses, l
}

// StreamReport is how a stream stands.
type StreamReport struct {
	Stream   string    `json:"stream"`
	Messages uint64    `json:"messages"`
	Bytes    uint64    `json:"bytes"`
	First    uint64    `json:"first_sequence"`
	Last     uint64    `json:"last_sequence"`
	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
	// Problems say what is damaged or missing now; none for a stream that is whole.
	Problems []string `json:"problems"`
	Do       string   `json:"do,omitempty"`
}

// StoreReport is how the store stands, and what it ever lost.
type StoreReport struct {
	Streams []StreamReport `json:"streams"`
	Lost    uint64         `json:"lost"`
	Losses  []Loss         `json:"losses"`
}

// Whole reports whether nothing is damaged or missing now.
func (r StoreReport) Whole() bool {
	return !slices.ContainsFunc(r.Streams, func(s StreamReport) bool { return len(s.Problems) > 0 })
}

// Check verifies every stream and bucket. With the embedded server it reads all files, with a cluster it asks for the state of
// each stream's replicas.
func (b *Bus) Check(ctx context.Context) (StoreReport, error) {
	report := StoreReport{Lost: b.Lost(), Streams: []StreamReport{}, Losses: []Loss{}}
	b.losses.mu.Lock()
	report.Losses = append(report.Losses, b.losses.all...)
	b.losses.mu.Unlock()
	for _, name := range b.streams() {
		one := StreamReport{Stream: name, Problems: []string{}}
		s, err := b.look(ctx, name)
		if err != nil {
			one.Problems = append(one.Problems, "cannot be asked: "+err.Error())
		} else {
			one.Messages, one.Bytes, one.First, one.Last = s.Msgs, s.Bytes, s.FirstSeq, s.LastSeq
			if s.Msgs > 0 {
				one.From, one.To = s.FirstTime.UTC(), s.LastTime.UTC()
			}
			one.Problems = append(one.Problems, s.replicas...)
		}
		if b.server != nil {
			problems, err := b.verify(name)
			if err != nil {
				return report, err
			}
			one.Problems = append(one.Problems, problems...)
		}
		one.settle()
		report.Streams = append(report.Streams, one)
	}
	return report, nil
}

// verify reads the files of a stream in use. What the server writes meanwhile may look damaged once.
func (b *Bus) verify(name string) (problems []string, err error) {
	for range 3 {
		in, err := inspect(b.server.dir, name)
		if err != nil {
			return nil, err
		}
		if problems = in.problems(); len(problems) == 0 {
			return nil, nil
		}
	}
	return problems, nil
}

func (s *StreamReport) settle() {
	if len(s.Problems) > 0 {
		s.Do = "restart the daemon, which keeps what is whole and says what is lost; then: " + remedy(s.Stream)
	}
}

// problems say what is damaged in the files.
func (in *inspection) problems() (all []string) {
	if in == nil {
		return nil
	}
	for _, b := range in.damaged {
		for _, r := range b.damaged {
			all = append(all, fmt.Sprintf("%s is damaged at byte %d", filepath.Base(b.path), r.at))
		}
	}
	for _, r := range in.lost {
		text := "lost: one record"
		if r.sequence > 0 {
			text += fmt.Sprintf(" of sequence %d", r.sequence)
		}
		if r.subject != "" {
			text += " of " + keyOf(r.subject)
		}
		if l := lossOf(in.stream, r, ""); !l.From.IsZero() {
			text += ", stored " + l.From.Format(time.RFC3339)
		}
		all = append(all, text)
	}
	return all
}

// CheckStopped verifies the store of a daemon that does not run, and changes nothing.
func CheckStopped(dataDir string) (StoreReport, error) {
	if _, err := os.Stat(filepath.Join(dataDir, "jetstream")); err != nil {
		return StoreReport{}, fmt.Errorf("no store in %s: %w; give data_dir of the settings", dataDir, err)
	}
	lock, err := lockDir(dataDir)
	if err != nil {
		return StoreReport{}, err
	}
	defer func() { _ = lock.Close() }() // it was only held
	streams := (&Bus{}).streams()
	known, err := openMarks(filepath.Join(dataDir, marksFile), streams)
	if err != nil {
		return StoreReport{}, err
	}
	defer func() { _ = known.file.Close() }() // nothing was written
	report := StoreReport{Losses: []Loss{}}
	for _, name := range streams {
		in, err := inspect(filepath.Join(dataDir, "jetstream"), name)
		if err != nil {
			return report, err
		}
		one := StreamReport{Stream: name, Problems: append([]string{}, in.problems()...)}
		if in != nil {
			one.Last = in.last
		}
		if was, ok := known.get(name); ok {
			one.Messages = was.held
			switch {
			case in == nil && was.last > 0:
				one.Problems = append(one.Problems, fmt.Sprintf("its files are gone: it held %d messages at %s", was.held, time.Unix(0, was.at).UTC().Format(time.RFC3339)))
			case in != nil && was.last > in.last:
				one.Problems = append(one.Problems, fmt.Sprintf("its end is lost: sequences %d to %d, the last stored %s", in.last+1, was.last, time.Unix(0, was.at).UTC().Format(time.RFC3339)))
			}
		}
		one.settle()
		report.Streams = append(report.Streams, one)
	}
	return report, nil
}
