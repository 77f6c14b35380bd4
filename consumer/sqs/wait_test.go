package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/sqs"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// TestQueueWakesWhatWaits: messages that wait for something come at once when it has come, those that wait for something
// else do not, and none of them keeps others from being received.
func TestQueueWakesWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{PartialFail: 0.05, Seed: 5})
		q, err := sqs.Open(t.Context(), sqs.Config{URL: sqstest.QueueURL}, zap.NewNop(), s.Options)
		if err != nil {
			t.Fatal(err)
		}
		var here, done, elsewhere atomic.Bool
		var handled atomic.Int64
		handle := func(_ context.Context, m *sqs.Message) error {
			switch {
			case string(m.Body) == "elsewhere" && !elsewhere.Load():
				return &sqs.WaitError{On: "elsewhere", Over: elsewhere.Load, Err: errors.New("refused")}
			case !here.Load() && string(m.Body) != "plain":
				return fmt.Errorf("read: %w", &sqs.WaitError{On: "bucket", Over: here.Load, Err: errors.New("refused")})
			}
			handled.Add(1)
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Hour)
		defer cancel()
		for range 300 {
			s.Send("waits")
		}
		s.Send("elsewhere")
		time.AfterFunc(50*time.Minute, func() { // each waits for a quarter of an hour by now
			s.Send("plain")
			<-time.After(2 * time.Second)
			if n := handled.Load(); n != 1 {
				t.Errorf("%d messages were handled, want the one that waits for nothing", n)
			}
			here.Store(true)
			q.Wake("bucket")
			<-time.After(10 * time.Second)
			if n := handled.Load(); n < 301*9/10 {
				t.Errorf("%d of 301 messages were handled within ten seconds", n)
			}
			if n := s.Stats().MostReceives; n > 12 {
				t.Errorf("a message was received %d times", n)
			}
			done.Store(true)
		})
		if err := q.Run(ctx, handle); err != nil || !done.Load() {
			t.Fatal(err)
		}
		if st := s.Stats(); st.Deleted != 301 || st.Visible+st.InFlight != 1 {
			t.Errorf("%+v", st)
		}
	})
}
