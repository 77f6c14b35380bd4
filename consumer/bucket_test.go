package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/s3log"
	"github.com/trailwarden/trailwarden/consumer/sqs"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// s3 answers as it is told.
type s3 func(ctx context.Context, bucket, key, version string) (*s3log.Object, error)

func (f s3) Fetch(ctx context.Context, bucket, key, version string) (*s3log.Object, error) {
	return f(ctx, bucket, key, version)
}

func content(text string) *s3log.Object {
	return &s3log.Object{ReadCloser: io.NopCloser(strings.NewReader(text)), ETag: fmt.Sprint(len(text))}
}

func denied(bucket, key string) error {
	return &s3log.ForbiddenError{Bucket: bucket, Key: key, MaybeMissing: true, Err: errors.New("AccessDenied")}
}

// running is a consumer at work in a bubble.
type running struct {
	*consumer.Consumer
	queue    *sqstest.Server
	store    *memory
	registry *prometheus.Registry
}

// consume starts a consumer over a queue; it ends with the test.
func consume(t *testing.T, f s3, buckets ...string) *running {
	t.Helper()
	r := &running{queue: sqstest.New(sqstest.Faults{}), store: newMemory(), registry: prometheus.NewPedanticRegistry()}
	q, err := sqs.Open(t.Context(), sqs.Config{URL: sqstest.QueueURL}, zap.NewNop(), r.queue.Options)
	if err != nil {
		t.Fatal(err)
	}
	r.Consumer = consumer.NewWith(consumer.DefaultConfig(), consumer.Deps{Store: r.store, Marks: r.store, Log: zap.NewNop(), Registry: r.registry}, q, f, buckets...)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		stopped := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(stopped); took > 5*time.Second {
			t.Errorf("stopping took %s", took)
		}
		r.store.verify(t)
	})
	return r
}

// troubles are the parts that do not work while the consumer is ready.
func (r *running) troubles() (out []consumer.Part) {
	for _, p := range r.Parts() {
		if p.Trouble != nil {
			out = append(out, p)
		}
	}
	return out
}

func after(d time.Duration) { <-time.After(d) }

// readable is the metric of the first bucket.
func (r *running) readable(t *testing.T) bool {
	t.Helper()
	want := func(n int) string {
		return fmt.Sprintf("# HELP trailwarden_consumer_bucket_readable 0 while nothing of a log bucket could be read for 10 minutes, else 1; /-/ready names the bucket.\n"+
			"# TYPE trailwarden_consumer_bucket_readable gauge\ntrailwarden_consumer_bucket_readable{bucket_index=\"0\"} %d\n", n)
	}
	return testutil.GatherAndCompare(r.registry, strings.NewReader(want(1)), "trailwarden_consumer_bucket_readable") == nil
}

func TestRefusedObjectsWaitInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, fails := time.Now(), time.Hour
		var tries atomic.Int64
		r := consume(t, func(_ context.Context, bucket, key, _ string) (*s3log.Object, error) {
			if time.Since(start) < fails {
				tries.Add(1)
				return nil, denied(bucket, key)
			}
			var n int
			_, err := fmt.Sscanf(key, "%d", &n)
			return content(logFile(n, n+1)), err
		}, logBucket)
		for i := range 200 {
			r.queue.Send(notice(logBucket, fmt.Sprint(i)))
		}
		after(9 * time.Minute)
		if got := r.troubles(); len(got) != 0 || !r.readable(t) {
			t.Errorf("named before ten minutes: %v", got)
		}
		after(2 * time.Minute)
		if got := r.troubles(); len(got) != 1 || !strings.Contains(got[0].Name, logBucket) || r.readable(t) || r.Ready() != nil {
			t.Errorf("eleven minutes: %v, ready %v", got, r.Ready())
		}
		after(fails - 11*time.Minute - time.Second)
		st := r.queue.Stats()
		if st.Deleted != 0 || len(r.store.parked) != 0 || st.MostReceives > 10 || tries.Load() > 2200 {
			t.Errorf("after an hour: %d tries, parked %v, %+v", tries.Load(), r.store.parked, st)
		}
		after(time.Minute)
		if st := r.queue.Stats(); st.Deleted != 200 || len(r.troubles()) != 0 || !r.readable(t) {
			t.Errorf("a minute after S3 answers again: %+v, %v", st, r.troubles())
		}
		r.store.wantEvents(t, 200, 5)
	})
}

func TestOneRefusedObjectDoesNotMarkItsBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var read atomic.Int64
		r := consume(t, func(_ context.Context, bucket, key, _ string) (*s3log.Object, error) {
			if key == "gone" {
				return nil, denied(bucket, key)
			}
			n := int(read.Add(1))
			return content(logFile(n, n+1)), nil
		})
		for i := range 100 { // every 90 seconds, then none for half an hour
			r.queue.Send(notice(logBucket, fmt.Sprint(i)))
			if i == 1 {
				r.queue.Send(notice(logBucket, "gone"))
			}
			after(90 * time.Second)
		}
		after(30 * time.Minute)
		if got := r.troubles(); len(got) != 0 || !r.readable(t) {
			t.Errorf("named: %v", got)
		}
		if st := r.queue.Stats(); st.Deleted != 100 || st.MostReceives > 18 || len(r.store.parked) != 0 {
			t.Errorf("parked %v, %+v", r.store.parked, st)
		}
	})
}

// TestMissingObjectsDoNotHoldTheirBucketForEver: without s3:ListBucket S3 refuses what is missing, and the message that is
// tried may be such a one.
func TestMissingObjectsDoNotHoldTheirBucketForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := consume(t, func(_ context.Context, bucket, key, _ string) (*s3log.Object, error) {
			if strings.HasPrefix(key, "gone") {
				return nil, denied(bucket, key)
			}
			return content(logFile(1, 2)), nil
		})
		for i := range 20 {
			r.queue.Send(notice(logBucket, fmt.Sprint("gone", i)))
		}
		after(10 * time.Minute)
		r.queue.Send(notice(logBucket, "here"))
		after(time.Minute)
		if st := r.queue.Stats(); st.Deleted != 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestHostThatDoesNotAnswerDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, slowest, sent := 0, time.Duration(0), map[string]time.Time{}
		r := consume(t, func(ctx context.Context, bucket, key, _ string) (*s3log.Object, error) {
			if bucket == "hangs" {
				select {
				case <-time.After(10 * time.Second):
					return nil, &s3log.StalledError{Bucket: bucket, Key: key}
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			n++
			slowest = max(slowest, time.Since(sent[key]))
			return content(logFile(n, n+1)), nil
		})
		for i := range 500 {
			r.queue.Send(notice("hangs", fmt.Sprint(i)))
		}
		for i := range 40 {
			key := fmt.Sprint("good", i)
			sent[key] = time.Now()
			r.queue.Send(notice(logBucket, key))
			after(7 * time.Second)
		}
		after(7 * time.Minute)
		if st := r.queue.Stats(); st.Deleted != 40 || slowest > 11*time.Second {
			t.Errorf("the slowest object of another host was opened after %s: %+v", slowest, st)
		}
		if got := r.troubles(); len(got) != 1 || !strings.Contains(got[0].Name, `"hangs"`) {
			t.Errorf("named: %v", got)
		}
	})
}

func TestObjectsOfOneMessageAreReadSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := consume(t, func(_ context.Context, bucket, key, version string) (*s3log.Object, error) {
			if version != "v1" {
				return nil, &s3log.MissingError{Bucket: bucket, Key: key, Err: errors.New("NoSuchKey")}
			}
			return content(logFile(1, 2)), nil
		})
		entries := make([]string, 11)
		for i := range entries {
			entries[i] = noticeEntry(logBucket, fmt.Sprint("gone", i))
		}
		entries = append(entries, strings.Replace(noticeEntry(logBucket, "here"), `"size":1`, `"size":1,"versionId":"v1"`, 1))
		r.queue.Send(`{"Records":[` + strings.Join(entries, ",") + `]}`)
		after(7 * time.Second)
		if st := r.queue.Stats(); st.Deleted != 1 || r.store.counts.Objects != (consumer.ObjectCounts{In: 12, Read: 1, Quarantined: 11}) {
			t.Errorf("%+v, %+v", st, r.store.counts)
		}
	})
}

// TestObjectThatChangedIsReadFromItsStart: an object that was overwritten between two tries has other records at the same
// places.
func TestObjectThatChangedIsReadFromItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		r := consume(t, func(context.Context, string, string, string) (*s3log.Object, error) {
			if tries++; tries == 1 {
				cut := io.MultiReader(strings.NewReader(logFile(0, 500)[:100_000]), broken{})
				return &s3log.Object{ReadCloser: io.NopCloser(cut), ETag: "first"}, nil
			}
			return content(logFile(1000, 1500)), nil
		})
		r.queue.Send(notice(logBucket, "k"))
		after(time.Minute)
		for i := 1000; i < 1500; i++ {
			if r.store.events[eventID(i)] != 1 {
				t.Fatalf("event %d arrived %d times", i, r.store.events[eventID(i)])
			}
		}
		if r.store.events[eventID(0)] != 1 || tries != 2 {
			t.Errorf("%d tries; what the first gave arrived %d times", tries, r.store.events[eventID(0)])
		}
	})
}

func TestAnswerThatIsNoLogIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		r := consume(t, func(context.Context, string, string, string) (*s3log.Object, error) {
			if tries++; tries < 3 {
				return content("<html>we will be back soon</html>"), nil
			}
			return content(logFile(0, 10)), nil
		})
		r.queue.Send(notice(logBucket, "k"))
		after(time.Minute)
		r.store.wantEvents(t, 10, 1)
		if len(r.store.parked) != 0 {
			t.Errorf("parked %v", r.store.parked)
		}
	})
}

// TestUnlistedBucketsHaveNoState: whoever may write to the queue chooses their names.
func TestUnlistedBucketsHaveNoState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refuse := func(_ context.Context, bucket, _, _ string) (*s3log.Object, error) {
			return nil, &s3log.RefusedError{Bucket: bucket}
		}
		r := consume(t, refuse, logBucket)
		for i := range 100 {
			r.queue.Send(notice(fmt.Sprint("of-the-attacker-", i), "k"))
		}
		after(time.Minute)
		if n := len(r.Parts()); n != 3 || len(r.store.parked) != 100 || r.queue.Stats().Deleted != 100 {
			t.Errorf("parts %v, %d parked", r.Parts(), len(r.store.parked))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r := consume(t, func(_ context.Context, bucket, key, _ string) (*s3log.Object, error) { return nil, denied(bucket, key) })
		for i := range 500 {
			r.queue.Send(notice(fmt.Sprint("bucket-", i), "k"))
		}
		after(15 * time.Minute)
		if n := len(r.Parts()); n > 70 || n < 60 || len(r.troubles()) != n-2 {
			t.Errorf("%d parts, %d of them in trouble", n, len(r.troubles()))
		}
	})
}

func TestRefusedDeletionIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := consume(t, func(context.Context, string, string, string) (*s3log.Object, error) {
			return content(logFile(0, 10)), nil
		})
		r.queue.SetFaults(sqstest.Faults{Denied: []string{"DeleteMessageBatch", "ChangeMessageVisibilityBatch"}})
		r.queue.Send(notice(logBucket, "k"))
		after(time.Minute)
		got := r.troubles()
		if len(got) != 1 || got[0].Name != "queue trail" || !strings.Contains(got[0].Trouble.Error(), "AccessDenied") || r.Ready() != nil {
			t.Errorf("named: %v, ready %v", got, r.Ready())
		}
		r.queue.SetFaults(sqstest.Faults{})
		after(5 * time.Minute)
		if got := r.troubles(); len(got) != 0 || r.queue.Stats().Deleted != 1 {
			t.Errorf("afterwards: %v", got)
		}
	})
}
