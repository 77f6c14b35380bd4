package consumer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a store in memory that can refuse, and that checks what it is given.
type memory struct {
	mu         sync.Mutex
	ids        map[string]bool
	batches    int
	largest    int            // records in one batch
	events     map[string]int // deliveries by eventID
	shards     map[string]map[int]bool
	counts     consumer.Counts
	parked     map[string]string // reason by id
	marks      map[string][]byte
	refuse     func(call int) error // asked before each publish
	seen       func(id string)
	refusePark func() error // asked before letters are parked
	calls      int
	maxPayload int
	faults     []error
}

func newMemory() *memory {
	return &memory{
		ids: map[string]bool{}, events: map[string]int{}, shards: map[string]map[int]bool{},
		parked: map[string]string{}, marks: map[string][]byte{}, maxPayload: 1 << 20,
	}
}

func (m *memory) Shards() int     { return 4 }
func (m *memory) MaxPayload() int { return m.maxPayload }

func (m *memory) Publish(_ context.Context, msgs ...bus.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.refuse != nil {
		if err := m.refuse(m.calls); err != nil {
			return err
		}
	}
	for _, msg := range msgs {
		if !m.ids[msg.ID] {
			m.ids[msg.ID] = true
			m.store(msg)
		}
	}
	return nil
}

func (m *memory) store(msg bus.Message) {
	var b consumer.Batch
	if err := consumer.DecodeBatch(msg.Data, &b); err != nil {
		m.faults = append(m.faults, err)
		return
	}
	if len(msg.Data) > m.maxPayload {
		m.faults = append(m.faults, fmt.Errorf("message of %d bytes", len(msg.Data)))
	}
	var shard int
	if _, err := fmt.Sscanf(msg.Subject, "trail.events.%d", &shard); err != nil {
		m.faults = append(m.faults, err)
	}
	m.batches++
	m.largest = max(m.largest, len(b.Records))
	m.counts.Add(b.Counts)
	m.counts.Records.Unmatched += int64(len(b.Records)) // as a worker would
	for _, raw := range b.Records {
		var r struct {
			EventID      string `json:"eventID"`
			UserIdentity struct{ ARN string }
		}
		if err := json.Unmarshal(raw, &r); err != nil {
			m.faults = append(m.faults, err)
		}
		m.events[r.EventID]++
		if m.seen != nil {
			m.seen(r.EventID)
		}
		if m.shards[r.UserIdentity.ARN] == nil {
			m.shards[r.UserIdentity.ARN] = map[int]bool{}
		}
		m.shards[r.UserIdentity.ARN][shard] = true
	}
}

func (m *memory) ParkAll(_ context.Context, stage string, letters ...bus.Letter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refusePark != nil {
		if err := m.refusePark(); err != nil {
			return err
		}
	}
	for _, l := range letters {
		if stage != "consumer" || len(l.Data) > bus.MaxLetter {
			m.faults = append(m.faults, fmt.Errorf("parked by %s: %d bytes", stage, len(l.Data)))
		}
		m.parked[l.ID] = l.Reason
	}
	return nil
}

func (m *memory) Range(_ context.Context, prefix string, visit func(bus.Entry) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, v := range m.marks {
		if strings.HasPrefix(k, prefix+".") {
			if err := visit(bus.Entry{Key: k, Value: v}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memory) PutAll(_ context.Context, writes []bus.KVWrite) ([]uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range writes {
		m.marks[w.Key] = w.Value
	}
	return make([]uint64, len(writes)), nil
}

// verify checks what must hold whatever happened.
func (m *memory) verify(t *testing.T) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, err := range m.faults {
		t.Error(err)
	}
	if n := m.counts.Unaccounted(); n != 0 {
		t.Errorf("%d unaccounted in %+v", n, m.counts)
	}
	for actor, shards := range m.shards {
		if len(shards) != 1 {
			t.Errorf("events of %s in shards %v", actor, shards)
		}
	}
}

// wantEvents checks that events 0 to n-1 arrived, each often enough and at most so often.
func (m *memory) wantEvents(t *testing.T, n, atMost int) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range n {
		if got := m.events[eventID(i)]; got < 1 || got > atMost {
			t.Errorf("event %d arrived %d times, want 1 to %d", i, got, atMost)
		}
	}
	if len(m.events) != n {
		t.Errorf("%d different events arrived, want %d", len(m.events), n)
	}
}

func eventID(i int) string { return fmt.Sprintf("6b0f0b52-0000-4000-8000-%012d", i) }

// record is one event of one of 20 actors.
func record(i int) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","eventID":%q,"eventTime":"2026-03-01T10:00:%02dZ","eventName":"GetObject",`+
		`"eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333",`+
		`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/user-%d","accountId":"111122223333","userName":"user-%d"}}`,
		eventID(i), i%60, i%20, i%20)
}

// logFile is a CloudTrail log of the events from..to-1.
func logFile(from, to int) string {
	var parts []string
	for i := from; i < to; i++ {
		parts = append(parts, record(i))
	}
	return `{"Records":[` + strings.Join(parts, ",") + `]}`
}
