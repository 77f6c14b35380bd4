package app_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// deadLetters gives what was parked, reason by origin, once the daemon has stopped.
func (w *world) deadLetters(t *testing.T) map[string]string {
	t.Helper()
	cfg := bus.DefaultConfig()
	cfg.Shards, cfg.MaxBytes = 4, 256<<20
	b, err := bus.Open(t.Context(), cfg, filepath.Join(w.dir, "store"), zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	parked := map[string]string{}
	err = b.ListDead(t.Context(), "", 0, func(d bus.Dead) error {
		parked[d.ID] = d.Reason
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return parked
}

func TestPoisonIsParkedAndTheRestGoesOn(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	good := packed(t, logFile(append(among(20, 1, kops()), []byte(`{"eventName":"Broken","eventTime":`+"}"))))
	c.put(t, "good", packed(t, logFile(among(20, 1, kops()))))
	c.put(t, "half", good)
	c.put(t, "garbage", []byte("\x1f\x8b this is no gzip"))
	c.put(t, "cut", good[:len(good)/2])
	c.put(t, "bomb", packed(t, append([]byte(`{"Records":[`), bytes.Repeat([]byte(" "), 9<<20)...)))
	c.put(t, "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/14/digest.json.gz", packed(t, []byte(`{"digestS3Bucket":"b","logFiles":[]}`)))
	d := w.start(t)
	queue.Send(
		s3Notice(t, "somebody-elses", "good"), s3Notice(t, logBucket, "missing"), s3Notice(t, logBucket, "garbage"),
		s3Notice(t, logBucket, "bomb"), s3Notice(t, logBucket, "cut"), "no JSON at all", `{"Event":"s3:TestEvent"}`,
		s3Notice(t, logBucket, "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/14/digest.json.gz"),
		s3Notice(t, logBucket, "half"), s3Notice(t, logBucket, "good"),
	)
	a := toldOnce(t, d, w, deleted(queue, 10))
	checkTold(t, w, a)
	l := d.ledger(t)
	if l.Messages.Ignored != 1 || l.Messages.Quarantined != 1 || l.Messages.Done != 8 {
		t.Errorf("messages: %+v", l.Messages)
	}
	if l.Objects.In != 8 || l.Objects.Ignored != 1 || l.Objects.Quarantined < 5 {
		t.Errorf("objects: %+v", l.Objects)
	}
	if status, body := d.ask(t, "GET", "/-/ready", ""); status != 200 {
		t.Errorf("not ready after poison: %s", body)
	}
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	parked := w.deadLetters(t)
	for origin, reason := range map[string]string{
		"s3://somebody-elses/good": "log_buckets", "s3://" + logBucket + "/missing": "", "s3://" + logBucket + "/garbage": "gzip",
		"s3://" + logBucket + "/bomb": fmt.Sprint(8 << 20), "s3://" + logBucket + "/cut": "", "trail/": "JSON",
	} {
		found := false
		for id, why := range parked {
			if strings.HasPrefix(id, origin) {
				found = why != "" && strings.Contains(why, reason)
			}
		}
		if !found {
			t.Errorf("%s is not parked for %q; parked: %q", origin, reason, parked)
		}
	}
}
