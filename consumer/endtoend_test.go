package consumer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// cloud starts an SQS queue and an S3 on loopback, and points the SDK's settings at them.
func cloud(t *testing.T, f sqstest.Faults) (*sqstest.Server, *s3mem.Backend) {
	t.Helper()
	queue, store := sqstest.New(f), s3mem.New()
	web, s3 := httptest.NewServer(queue), httptest.NewServer(gofakes3.New(store).Server())
	t.Cleanup(web.Close)
	t.Cleanup(s3.Close)
	t.Setenv("AWS_ENDPOINT_URL_SQS", web.URL)
	t.Setenv("AWS_ENDPOINT_URL_S3", s3.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	if err := store.CreateBucket(logBucket); err != nil {
		t.Fatal(err)
	}
	return queue, store
}

func upload(t *testing.T, s *s3mem.Backend, key, content string) {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutObject(logBucket, key, nil, &packed, int64(packed.Len()), nil); err != nil {
		t.Fatal(err)
	}
}

func queueConfig(buckets ...string) consumer.Config {
	cfg := consumer.DefaultConfig()
	cfg.Queues = []consumer.QueueConfig{{URL: sqstest.QueueURL, Region: "eu-west-1", LogBuckets: buckets}}
	return cfg
}

func TestFromQueueToStoreOverTheNetwork(t *testing.T) {
	queue, store := cloud(t, sqstest.Faults{Duplicate: 0.1, Reorder: true, ServerError: 0.05})
	for i := range 40 {
		key := fmt.Sprintf("AWSLogs/111122223333/CloudTrail/eu-west-1/a b+%d.json.gz", i)
		upload(t, store, key, logFile(i*20, i*20+20))
		queue.Send(notice(logBucket, key))
	}
	queue.Send(notice("somewhere-else", "x"), "garbage", `{"Event":"s3:TestEvent"}`)

	m, registry := newMemory(), prometheus.NewPedanticRegistry()
	c, err := consumer.New(t.Context(), queueConfig(logBucket), consumer.Deps{Store: m, Marks: m, Log: zap.NewNop(), Registry: registry})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for queue.Stats().Deleted < 43 && ctx.Err() == nil {
		<-tick.C
	}
	queue.SetFaults(sqstest.Faults{}) // the latest call may have been one of those that were answered with an error
	for c.Ready() != nil && ctx.Err() == nil {
		<-tick.C
	}
	if err := c.Ready(); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	m.verify(t)
	m.wantEvents(t, 800, 40)
	if m.counts.Messages.Ignored < 1 || m.counts.Messages.Quarantined < 1 || m.counts.Objects.Quarantined < 1 || len(m.parked) != 2 {
		t.Errorf("counts %+v, parked %v", m.counts, m.parked)
	}
	if n, err := testutil.GatherAndCount(registry, "trailwarden_consumer_messages_total", "trailwarden_consumer_records_total",
		"trailwarden_consumer_event_age_seconds"); err != nil || n != 7 {
		t.Errorf("%d metrics, %v", n, err)
	}
}

func TestCheck(t *testing.T) {
	queue, _ := cloud(t, sqstest.Faults{})
	warnings, err := consumer.Check(t.Context(), queueConfig(), zap.NewNop())
	if err != nil || len(warnings) != 2 {
		t.Errorf("warnings %q, %v; want one of log_buckets and one of the redrive policy", warnings, err)
	}
	queue.SetAttribute("RedrivePolicy", "{}")
	warnings, err = consumer.Check(t.Context(), queueConfig(logBucket), zap.NewNop())
	if err != nil || len(warnings) != 0 {
		t.Errorf("warnings %q, %v; want none", warnings, err)
	}
	if _, err = consumer.Check(t.Context(), queueConfig(logBucket, "unseen-logs"), zap.NewNop()); err == nil || !strings.Contains(err.Error(), "unseen-logs") {
		t.Errorf("a log bucket that is not there: %v", err)
	}
	queue.SetFaults(sqstest.Faults{Denied: []string{"GetQueueAttributes"}})
	if _, err = consumer.Check(t.Context(), queueConfig(logBucket), zap.NewNop()); err == nil {
		t.Error("a forbidden queue passed")
	}
	queue.SetFaults(sqstest.Faults{})
	forbids := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer forbids.Close()
	t.Setenv("AWS_ENDPOINT_URL_S3", forbids.URL)
	warnings, err = consumer.Check(t.Context(), queueConfig(logBucket), zap.NewNop())
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "s3:ListBucket") {
		t.Errorf("warnings %q, %v; want one of a bucket that may not be listed", warnings, err)
	}
}

// TestLogBucketFollowsTheQueue: without a region of its own the bucket is asked for in that of the queue's URL, and so in
// its partition.
func TestLogBucketFollowsTheQueue(t *testing.T) {
	var signed atomic.Value
	s3 := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { signed.Store(r.Header.Get("Authorization")) }))
	defer s3.Close()
	cloud(t, sqstest.Faults{})
	t.Setenv("AWS_ENDPOINT_URL_S3", s3.URL)
	t.Setenv("AWS_REGION", "")
	for url, want := range map[string]string{
		"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/trail":                 "cn-north-1",
		"https://sqs.us-gov-west-1.amazonaws.com/111122223333/trail":                 "us-gov-west-1",
		"https://vpce-0a-2c.sqs.eu-central-1.vpce.amazonaws.com/111122223333/trail":  "eu-central-1",
		"https://sqs.example.org/111122223333/trail, which does not say where it is": "us-east-1",
	} {
		cfg := queueConfig(logBucket)
		cfg.Queues[0].URL, cfg.Queues[0].Region = url, ""
		if _, err := consumer.Check(t.Context(), cfg, zap.NewNop()); err != nil && want != "us-east-1" {
			t.Error(err)
		}
		if got, _ := signed.Load().(string); !strings.Contains(got, "/"+want+"/s3/") {
			t.Errorf("%s: the bucket was asked for with %s", url, got)
		}
	}
}
