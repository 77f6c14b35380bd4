package consumer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/s3log"
	"github.com/trailwarden/trailwarden/consumer/sqs"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

const logBucket = "org-cloudtrail-logs"

// bucket is an S3 bucket in memory.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	tries   map[string]int
	fail    func(key string, try int) error
	cut     func(key string, try int) bool // whether the connection breaks half-way
}

func newBucket() *bucket {
	return &bucket{objects: map[string][]byte{}, tries: map[string]int{}}
}

func (b *bucket) put(key, content string) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, content)
	_ = w.Close()
	b.objects[key] = packed.Bytes()
}

func (b *bucket) Fetch(_ context.Context, name, key, _ string) (*s3log.Object, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries[key]++
	if name != logBucket {
		return nil, &s3log.RefusedError{Bucket: name}
	}
	if b.fail != nil {
		if err := b.fail(key, b.tries[key]); err != nil {
			return nil, err
		}
	}
	data, ok := b.objects[key]
	if !ok {
		return nil, &s3log.MissingError{Bucket: name, Key: key, Err: errors.New("NoSuchKey")}
	}
	if b.cut != nil && b.cut(key, b.tries[key]) {
		return &s3log.Object{ReadCloser: io.NopCloser(io.MultiReader(bytes.NewReader(data[:len(data)/2]), broken{}))}, nil
	}
	return &s3log.Object{ReadCloser: io.NopCloser(bytes.NewReader(data))}, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

func notice(bucket, key string) string {
	return fmt.Sprintf(`{"Records":[%s]}`, noticeEntry(bucket, key))
}

func noticeEntry(bucket, key string) string {
	return fmt.Sprintf(`{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":%q},"object":{"key":%q,"size":1}}}`,
		bucket, url.QueryEscape(key))
}

// workQueue runs a consumer over a queue for a while of the bubble's time.
func workQueue(t *testing.T, s *sqstest.Server, b *bucket, m *memory, long time.Duration) {
	t.Helper()
	q, err := sqs.Open(t.Context(), sqs.Config{URL: sqstest.QueueURL}, zap.NewNop(), s.Options)
	if err != nil {
		t.Fatal(err)
	}
	c := consumer.NewWith(consumer.DefaultConfig(),
		consumer.Deps{Store: m, Marks: m, Log: zap.NewNop(), Registry: prometheus.NewRegistry()}, q, b)
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	if err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if p := c.Pending(); p.Messages.Pending != 0 || p.Objects.Pending != 0 {
		t.Errorf("pending after the stop: %+v", p)
	}
	m.verify(t)
}

func TestNothingIsLostUnderFaults(t *testing.T) {
	faults := map[string]sqstest.Faults{
		"none":             {},
		"duplicates":       {Duplicate: 0.3},
		"lost responses":   {LostResponse: 0.2},
		"throttling":       {Throttle: 0.3, Reorder: true},
		"partial failures": {PartialFail: 0.4, ServerError: 0.1},
	}
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			f.Seed = 3
			synctest.Test(t, func(t *testing.T) { loseNothing(t, f) })
		})
	}
}

// loseNothing sends 100 log files through a queue with faults, past an S3 and into a store that fail as well.
func loseNothing(t *testing.T, f sqstest.Faults) {
	s, b, m := sqstest.New(f), newBucket(), newMemory()
	for i := range 100 {
		key := fmt.Sprintf("AWSLogs/a b+%d.json.gz", i)
		b.put(key, logFile(i*5, i*5+5))
		s.Send(notice(logBucket, key))
	}
	b.fail = func(key string, try int) error {
		if try == 1 && len(key)%2 == 0 {
			return errors.New("503 Slow Down")
		}
		return nil
	}
	m.refuse = func(call int) error {
		if call%3 == 0 {
			return errors.New("no responders")
		}
		return nil
	}
	workQueue(t, s, b, m, time.Hour)
	m.wantEvents(t, 500, 1000)
	st := s.Stats()
	if st.Deleted != 100 {
		t.Errorf("deleted %d of 100: %+v", st.Deleted, st)
	}
	if st.MostReceives == 1 && (m.counts.Messages.In != 100 || m.counts.Records.In != 500) {
		t.Errorf("counted %+v", m.counts)
	}
}

func TestMessagesAreCountedAndParkedByWhatTheyHold(t *testing.T) {
	good, digest := "good.json.gz", "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/x.json.gz"
	hidden := []string{"CloudTrail-Digest/AWSLogs/111122223333/CloudTrail/eu-west-1/x.json.gz", "a/CloudTrail-Insight/AWSLogs/x.json.gz"}
	tests := map[string]struct {
		body   string
		want   consumer.Counts
		parked int
	}{
		"object": {
			body: notice(logBucket, good),
			want: consumer.Counts{
				Messages: consumer.MessageCounts{In: 1, Done: 1}, Objects: consumer.ObjectCounts{In: 1, Read: 1},
				Records: consumer.RecordCounts{In: 3, Unmatched: 3},
			},
		},
		"test event": {
			body: `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}`,
			want: consumer.Counts{Messages: consumer.MessageCounts{In: 1, Ignored: 1}},
		},
		"garbage": {
			body: "no JSON at all", parked: 1,
			want: consumer.Counts{Messages: consumer.MessageCounts{In: 1, Quarantined: 1}},
		},
		"record": {
			body: record(7),
			want: consumer.Counts{Messages: consumer.MessageCounts{In: 1, Done: 1}, Records: consumer.RecordCounts{In: 1, Unmatched: 1}},
		},
		"record too large": {
			body: `{"eventName":"X","x":"` + strings.Repeat("x", 1<<20) + `"}`, parked: 1,
			want: consumer.Counts{Messages: consumer.MessageCounts{In: 1, Done: 1}, Records: consumer.RecordCounts{In: 1, Quarantined: 1}},
		},
		"digest": {
			body: notice(logBucket, digest),
			want: consumer.Counts{Messages: consumer.MessageCounts{In: 1, Done: 1}, Objects: consumer.ObjectCounts{In: 1, Ignored: 1}},
		},
		"logs below prefixes named like digests and Insights": {
			body: `{"Records":[` + noticeEntry(logBucket, hidden[0]) + `,` + noticeEntry(logBucket, hidden[1]) + `]}`,
			want: consumer.Counts{
				Messages: consumer.MessageCounts{In: 1, Done: 1}, Objects: consumer.ObjectCounts{In: 2, Read: 2},
				Records: consumer.RecordCounts{In: 4, Unmatched: 4},
			},
		},
		"missing, refused, garbage and good": {
			body: `{"Records":[` + strings.Join([]string{
				noticeEntry(logBucket, "missing"), noticeEntry("elsewhere", good), `{"x":1}`, noticeEntry(logBucket, "garbage"), noticeEntry(logBucket, good),
			}, ",") + `]}`,
			parked: 4,
			want: consumer.Counts{
				Messages: consumer.MessageCounts{In: 1, Done: 1}, Objects: consumer.ObjectCounts{In: 5, Read: 1, Quarantined: 4},
				Records: consumer.RecordCounts{In: 3, Unmatched: 3},
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b, m := sqstest.New(sqstest.Faults{}), newBucket(), newMemory()
				b.put(good, logFile(0, 3))
				b.put(digest, `{"awsAccountId":"111122223333","digestS3Bucket":"b","logFiles":[]}`)
				b.put(hidden[0], logFile(3, 5))
				b.put(hidden[1], logFile(5, 7))
				b.objects["garbage"] = []byte("\x1f\x8bgarbage")
				s.Send(tt.body)
				workQueue(t, s, b, m, time.Minute)
				if diff := cmp.Diff(tt.want, m.counts); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				if len(m.parked) != tt.parked {
					t.Errorf("parked %v, want %d", m.parked, tt.parked)
				}
				if st := s.Stats(); st.Deleted != 1 || st.MostReceives != 1 {
					t.Errorf("the queue: %+v", st)
				}
			})
		})
	}
}

func TestObjectsAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, m := sqstest.New(sqstest.Faults{}), newBucket(), newMemory()
		for _, key := range []string{"late", "denied", "away", "cut"} {
			b.put(key, logFile(len(b.objects)*1000, len(b.objects)*1000+1000))
			s.Send(notice(logBucket, key))
		}
		b.fail = func(key string, try int) error {
			switch {
			case key == "late" && try < 3:
				return &s3log.MissingError{Bucket: logBucket, Key: key, Err: errors.New("NoSuchKey")}
			case key == "denied":
				return &s3log.ForbiddenError{Bucket: logBucket, Key: key, Err: errors.New("AccessDenied")}
			case key == "away" && try < 8:
				return errors.New("500 Internal Error")
			}
			return nil
		}
		b.cut = func(key string, try int) bool { return key == "cut" && try < 3 }
		workQueue(t, s, b, m, time.Hour)
		if b.tries["denied"] < 100 || len(m.parked) != 0 {
			t.Errorf("the refused object was tried %d times in an hour, parked %v", b.tries["denied"], m.parked)
		}
		want := consumer.ObjectCounts{In: 3, Read: 3}
		if m.counts.Objects != want || m.counts.Records.In != 3000 {
			t.Errorf("counted %+v; want objects %+v and 3000 records, none twice", m.counts, want)
		}
		if st := s.Stats(); st.Deleted != 3 || st.MostReceives > 4 {
			t.Errorf("the queue: %+v", st)
		}
	})
}

func TestMessageStaysUntilItsRecordsAreStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, m := sqstest.New(sqstest.Faults{}), newBucket(), newMemory()
		m.refuse = func(int) error { return errors.New("stream is full") }
		b.put("a", logFile(0, 10))
		s.Send(notice(logBucket, "a"), "garbage", record(10))
		workQueue(t, s, b, m, 10*time.Minute)
		if st := s.Stats(); st.Deleted != 0 || st.Visible != 3 {
			t.Errorf("the queue while nothing could be stored: %+v", st)
		}
		m.refuse = nil
		workQueue(t, s, b, m, time.Minute)
		m.wantEvents(t, 11, 1)
		if st := s.Stats(); st.Deleted != 3 {
			t.Errorf("the queue afterwards: %+v", st)
		}
	})
}

func TestQuietQueueIsFlushedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, m := sqstest.New(sqstest.Faults{}), newBucket(), newMemory()
		var sent, stored time.Time
		m.refuse = func(int) error {
			stored = time.Now()
			return nil
		}
		time.AfterFunc(30*time.Second, func() {
			sent = time.Now()
			s.Send(record(0))
		})
		workQueue(t, s, b, m, time.Minute)
		if took := stored.Sub(sent); took <= 0 || took > 20*time.Millisecond {
			t.Errorf("stored %s after it was sent, want within 20 ms", took)
		}
	})
}
