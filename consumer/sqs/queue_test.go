package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/sqs"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a handler that notes what it was given.
type desk struct {
	mu      sync.Mutex
	handled map[string]int // by body
	work    time.Duration
	fail    func(m *sqs.Message) error
}

func (d *desk) handle(ctx context.Context, m *sqs.Message) error {
	if d.work > 0 {
		select {
		case <-time.After(d.work):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if d.fail != nil {
		if err := d.fail(m); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handled == nil {
		d.handled = make(map[string]int)
	}
	d.handled[string(m.Body)]++
	return nil
}

func (d *desk) count(body string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.handled[body]
}

// work runs a queue over the server inside a bubble, for a while of the bubble's time.
func work(t *testing.T, s *sqstest.Server, d *desk, long time.Duration) *sqs.Queue {
	t.Helper()
	q, err := sqs.Open(t.Context(), sqs.Config{URL: sqstest.QueueURL}, zap.NewNop(), s.Options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := q.Run(ctx, d.handle); err != nil {
		t.Fatal(err)
	}
	return q
}

func bodies(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("message %d", i)
	}
	return out
}

func TestQueueHandlesEveryMessageUnderFaults(t *testing.T) {
	faults := map[string]sqstest.Faults{
		"none":             {},
		"duplicates":       {Duplicate: 0.3},
		"reordering":       {Reorder: true},
		"throttling":       {Throttle: 0.3},
		"server errors":    {ServerError: 0.3},
		"partial failure":  {PartialFail: 0.4},
		"lost responses":   {LostResponse: 0.3},
		"latency":          {Latency: 400 * time.Millisecond},
		"everything":       {Duplicate: 0.1, Reorder: true, Throttle: 0.1, ServerError: 0.1, PartialFail: 0.1, LostResponse: 0.1},
		"no visibility":    {Denied: []string{"ChangeMessageVisibilityBatch"}},
		"no attributes":    {Denied: []string{"GetQueueAttributes"}},
		"slow and cut off": {Latency: 3 * time.Second, LostResponse: 0.2},
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f.Seed = 7
				s := sqstest.New(f)
				sent := bodies(300)
				s.Send(sent...)
				d := &desk{work: 50 * time.Millisecond}
				work(t, s, d, 30*time.Minute)
				for _, b := range sent {
					if d.count(b) == 0 {
						t.Errorf("%s was never handled", b)
					}
				}
				if st := s.Stats(); st.Deleted != len(sent) {
					t.Errorf("deleted %d of %d; visible %d, in flight %d", st.Deleted, len(sent), st.Visible, st.InFlight)
				}
			})
		})
	}
}

func TestQueueKeepsMessagesInvisibleWhileWorking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{PartialFail: 0.05})
		s.SetVisibility(20 * time.Second)
		s.Send(bodies(40)...)
		d := &desk{work: 5 * time.Minute}
		work(t, s, d, 10*time.Minute)
		if st := s.Stats(); st.Deleted != 40 || st.MostReceives != 1 {
			t.Errorf("deleted %d, one message was received %d times; want 40 deleted, each received once", st.Deleted, st.MostReceives)
		}
	})
}

func TestQueueFinishesWorkWhoseReceiptExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{})
		s.Send("late")
		d := &desk{work: time.Minute}
		time.AfterFunc(20*time.Second, s.Expire)
		work(t, s, d, 5*time.Minute)
		if d.count("late") != 2 {
			t.Errorf("handled %d times, want twice: the expired delivery and the next", d.count("late"))
		}
		if st := s.Stats(); st.Deleted != 1 {
			t.Errorf("deleted %d messages, want 1", st.Deleted)
		}
	})
}

func TestQueueNeverDeletesWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{})
		s.Send("bad", "good")
		var tries []time.Time
		d := &desk{fail: func(m *sqs.Message) error {
			if string(m.Body) == "bad" {
				tries = append(tries, time.Now())
				return errors.New("S3 is away")
			}
			return nil
		}}
		work(t, s, d, 20*time.Minute)
		if st := s.Stats(); st.Deleted != 1 || d.count("good") != 1 {
			t.Errorf("deleted %d, good handled %d times; want both 1", st.Deleted, d.count("good"))
		}
		if len(tries) < 4 || len(tries) > 8 {
			t.Fatalf("the bad message was tried %d times in 20 minutes, want 4 to 8", len(tries))
		}
		for i := 2; i < len(tries); i++ {
			if tries[i].Sub(tries[i-1]) < tries[i-1].Sub(tries[i-2]) {
				t.Errorf("try %d came sooner than the one before: %v", i, tries)
			}
		}
	})
}

func TestQueueSlowsDownWhenEverythingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{})
		s.Send(bodies(1000)...)
		d := &desk{fail: func(*sqs.Message) error { return errors.New("S3 is away") }}
		work(t, s, d, 10*time.Minute)
		if st := s.Stats(); st.Calls["ReceiveMessage"] > 150 {
			t.Errorf("received %d times in ten minutes of failure", st.Calls["ReceiveMessage"])
		}
	})
}

func TestQueueStops(t *testing.T) {
	tests := map[string]struct {
		work    time.Duration
		deleted int
	}{
		"after the running handlers":              {work: 5 * time.Second, deleted: 25},
		"without those that take too long to end": {work: time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sqstest.New(sqstest.Faults{})
				s.Send(bodies(25)...)
				start := time.Now()
				work(t, s, &desk{work: tt.work}, 3*time.Second)
				if took := time.Since(start); took > 15*time.Second {
					t.Errorf("stopping took %s", took)
				}
				want := sqstest.Stats{Deleted: tt.deleted, Visible: 25 - tt.deleted}
				st := s.Stats()
				if diff := cmp.Diff(want, sqstest.Stats{Deleted: st.Deleted, Visible: st.Visible, InFlight: st.InFlight}); diff != "" {
					t.Errorf("the queue after the stop (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestQueueBoundsWhatItHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{})
		s.Send(bodies(2000)...)
		big := strings.Repeat("x", 1<<20)
		var held atomic.Int64
		d := &desk{work: time.Hour}
		look := func() { held.Store(int64(s.Stats().InFlight)) }
		time.AfterFunc(time.Minute, look)
		work(t, s, d, 2*time.Minute)
		if n := held.Load(); n < 256 || n > 300 {
			t.Errorf("held %d messages, want about 256", n)
		}
		s = sqstest.New(sqstest.Faults{})
		for range 200 {
			s.Send(big)
		}
		time.AfterFunc(time.Minute, look)
		work(t, s, d, 2*time.Minute)
		if n := held.Load(); n > 48 {
			t.Errorf("held %d messages of 1 MiB", n)
		}
	})
}

func TestQueueReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{Throttle: 1})
		q, err := sqs.Open(t.Context(), sqs.Config{URL: sqstest.QueueURL}, zap.NewNop(), s.Options)
		if err != nil {
			t.Fatal(err)
		}
		if q.Ready() == nil {
			t.Error("ready before anything was asked")
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- q.Run(ctx, (&desk{}).handle) }()
		<-time.After(time.Minute)
		if err := q.Ready(); err == nil || !strings.Contains(err.Error(), "queue trail") {
			t.Errorf("ready while throttled: %v", err)
		}
		s.SetFaults(sqstest.Faults{})
		<-time.After(2 * time.Minute)
		if err := q.Ready(); err != nil {
			t.Errorf("not ready after recovery: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestQueueCheck(t *testing.T) {
	s := sqstest.New(sqstest.Faults{})
	q, err := sqs.Open(t.Context(), sqs.Config{URL: sqstest.QueueURL}, zap.NewNop(), s.Options)
	if err != nil {
		t.Fatal(err)
	}
	check := func(want ...string) {
		t.Helper()
		got, err := q.Check(t.Context())
		if err != nil || len(got) != len(want) {
			t.Fatalf("Check: %q, %v; want %q", got, err, want)
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("warning %q does not speak of %q", got[i], want[i])
			}
		}
	}
	check("redrive policy")
	for _, count := range []string{"5", `"19"`} {
		s.SetAttribute("RedrivePolicy", `{"maxReceiveCount":`+count+`}`)
		check("maxReceiveCount")
	}
	s.SetAttribute("RedrivePolicy", `{"maxReceiveCount":20}`)
	check()
	s.SetAttribute("MessageRetentionPeriod", "3600")
	check("retention")
	s.SetAttribute("MessageRetentionPeriod", "86400")
	check()
	s.SetVisibility(time.Second)
	check("visibility timeout")
	s.SetFaults(sqstest.Faults{Denied: []string{"GetQueueAttributes"}})
	if _, err := q.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("Check of a forbidden queue: %v", err)
	}
}
