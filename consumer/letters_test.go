package consumer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// TestManyBrokenRecordsAreFewLetters: an object of foreign JSON lines costs a hundred letters and one, whatever its
// length, and its sound records go on.
func TestManyBrokenRecordsAreFewLetters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, m := sqstest.New(sqstest.Faults{}), newBucket(), newMemory()
		lines := strings.Repeat("{}\n", 2500) + record(0) + "\n" + strings.Repeat("{\"a\":1}\n", 2500) + record(1) + "\n"
		b.put("lines", lines)
		s.Send(notice(logBucket, "lines"))
		s.Send(strings.Repeat("{}", 5000)) // a message can be as foreign
		workQueue(t, s, b, m, time.Minute)
		m.wantEvents(t, 2, 1)
		if want := (consumer.RecordCounts{In: 5002, Unmatched: 2, Quarantined: 5000}); m.counts.Records != want {
			t.Errorf("records %+v, want %+v", m.counts.Records, want)
		}
		rest, of := "", 0
		for id, reason := range m.parked {
			if strings.HasPrefix(id, "s3://") {
				of++
				if strings.Contains(id, "-5001") {
					rest = reason
				}
			}
		}
		if of != 101 || !strings.Contains(rest, "4900 more") || len(m.parked) != 202 {
			t.Errorf("%d letters of the object, the last says %q; %d in all", of, rest, len(m.parked))
		}
	})
}

// TestParkingHoldsUpNothing: while the dead letters cannot be stored, sound records of the same and of other objects go
// on. What waits for a letter stays in its queue.
func TestParkingHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, m := sqstest.New(sqstest.Faults{}), newBucket(), newMemory()
		start := time.Now()
		m.refusePark = func() error {
			if time.Since(start) < 20*time.Minute {
				return errors.New("no responders")
			}
			return nil
		}
		b.put("half", `{"Records":[{},`+record(0)+`]}`)
		s.Send(notice(logBucket, "half"))
		for i := range 100 {
			b.put(fmt.Sprint(i), logFile(1+i*5, 6+i*5))
			s.Send(notice(logBucket, fmt.Sprint(i)))
		}
		time.AfterFunc(10*time.Minute, func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			if len(m.events) != 501 || len(m.parked) != 0 {
				t.Errorf("after ten minutes %d events had arrived, and %d letters", len(m.events), len(m.parked))
			}
			if n := s.Stats().Deleted; n != 100 {
				t.Errorf("%d messages were deleted, want all but the one whose letter waits", n)
			}
		})
		workQueue(t, s, b, m, time.Hour)
		if n := s.Stats().Deleted; n != 101 || len(m.parked) != 1 {
			t.Errorf("%d messages deleted in the end, %d letters", n, len(m.parked))
		}
	})
}
