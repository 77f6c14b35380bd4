package consumer_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// heard is what the processes that used a store have said: the sources, and whether each process listens.
func heard(t *testing.T, m *memory) (sources []string, listens map[string]bool) {
	t.Helper()
	listens = map[string]bool{}
	err := consumer.ReadHeard(t.Context(), m, func(process string, h consumer.Heard, _ bus.Entry) error {
		for _, s := range h.Sources {
			sources = append(sources, fmt.Sprintf("%s %s %s", s.Account, s.Region, time.UnixMilli(s.Newest).UTC().Format(time.RFC3339)))
		}
		if len(h.Sources) == 0 {
			listens[process] = h.Listening
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(sources)
	return sources, listens
}

// event is a record of an account and region as EventBridge sends it.
func event(account, region, at string) string {
	return fmt.Sprintf(`{"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":{"eventVersion":"1.08","eventID":"%s-%s-%s",
		"eventTime":%q,"eventName":"PutObject","eventSource":"s3.amazonaws.com","awsRegion":%q,"recipientAccountId":%q,
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u","accountId":"111122223333","userName":"u"}}}`,
		account, region, at, at, region, account)
}

func TestItIsSaidWhoWasHeardOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, m := sqstest.New(sqstest.Faults{}), newBucket(), newMemory()
		b.put("AWSLogs/1.json.gz", `{"Records":[`+record(7)+`]}`)
		s.Send(notice(logBucket, "AWSLogs/1.json.gz"))
		s.Send(event("444455556666", "us-east-1", "1999-12-31T23:00:00Z"))
		s.Send(event("444455556666", "us-east-1", "1999-12-31T22:00:00Z"))
		s.Send(event("444455556666", "ap-southeast-2", "1999-12-31T22:00:00Z"))
		s.Send(event("not-an-account", "us-east-1", "1999-12-31T22:00:00Z"))
		s.Send(event("444455556666", "no region at all", "1999-12-31T22:00:00Z"))
		workQueue(t, s, b, m, time.Minute)
		sources, listens := heard(t, m)
		want := []string{
			"111122223333 eu-west-1 2000-01-01T00:00:00Z", // the bubble's: an event of the future is one of now
			"444455556666 ap-southeast-2 1999-12-31T22:00:00Z",
			"444455556666 us-east-1 1999-12-31T23:00:00Z",
		}
		if !slices.Equal(sources, want) {
			t.Errorf("heard of %q, want %q", sources, want)
		}
		if len(listens) != 1 {
			t.Errorf("%d processes spoke", len(listens))
		}
		for _, l := range listens {
			if !l {
				t.Error("does not listen")
			}
		}
	})
}

func TestNobodyListensBeforeABacklogIsWorkedOff(t *testing.T) {
	for name, c := range map[string]struct {
		faults       sqstest.Faults
		waits, works time.Duration
		want         bool
	}{
		"no backlog":       {waits: time.Minute, works: time.Minute, want: true},
		"a backlog":        {waits: time.Hour, works: 4 * time.Minute},
		"a backlog behind": {waits: time.Hour, works: 8 * time.Minute, want: true},
		"a queue refused":  {faults: sqstest.Faults{Denied: []string{"ReceiveMessage"}}, works: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b, m := sqstest.New(c.faults), newBucket(), newMemory()
				s.Send(event("444455556666", "us-east-1", "1999-12-31T23:00:00Z"))
				time.Sleep(c.waits) // of the bubble: the daemon is down
				workQueue(t, s, b, m, c.works)
				_, listens := heard(t, m)
				if len(listens) != 1 {
					t.Errorf("%d processes spoke", len(listens))
				}
				for _, l := range listens {
					if l != c.want {
						t.Errorf("listens: %t, want %t", l, c.want)
					}
				}
			})
		})
	}
}
