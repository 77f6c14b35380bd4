package alerting_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/bus"
	s3 "github.com/trailwarden/trailwarden/enrich/live"
)

// pipe is a world whose findings lane can be written to while it is read.
type pipe struct {
	*world
	more chan bus.Delivery
	down int // publications to the lane that are to fail
}

func (p *pipe) Publish(ctx context.Context, msgs ...bus.Message) error {
	for _, m := range msgs {
		if m.Subject != bus.FindingsSubject(0) {
			if err := p.world.Publish(ctx, m); err != nil {
				return err
			}
			continue
		}
		if p.down > 0 {
			p.down--
			return errors.New("no quorum")
		}
		p.send(m.ID, m.Data)
	}
	return nil
}

func (p *pipe) send(id string, data []byte) {
	p.mu.Lock()
	lane := p.lanes[bus.FindingsSubject(0)]
	d := bus.Delivery{Sequence: uint64(len(lane) + 1), ID: id, Data: data}
	p.lanes[bus.FindingsSubject(0)] = append(lane, d)
	p.mu.Unlock()
	p.more <- d
}

func (p *pipe) Tail(ctx context.Context, _ string, after bus.Position, visit func(bus.Delivery) error) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case d := <-p.more:
			if d.Sequence <= after.Sequence {
				continue
			}
			if err := visit(d); err != nil {
				return err
			}
		}
	}
}

// eye is a Looker that answers what it is told to, and remembers when it was asked for what.
type eye struct {
	start  time.Time
	answer func(try int, bucket string) (s3.Finding, error)
	asked  []string
}

func (e *eye) Look(_ context.Context, bucket, region, account string) (s3.Finding, error) {
	e.asked = append(e.asked, fmt.Sprint(time.Since(e.start), " ", bucket, " ", region, " ", account))
	return e.answer(len(e.asked), bucket)
}

func seen(policy, acl s3.Answer) func(int, string) (s3.Finding, error) {
	return func(_ int, bucket string) (s3.Finding, error) {
		return s3.Finding{
			Bucket: bucket, Policy: policy, ACL: acl, Grants: []string{"AllUsers READ"}, Tags: []string{"Owner=hr"},
			BucketBlock: s3.Block{RestrictPublicBuckets: s3.No}, AccountBlock: s3.Block{RestrictPublicBuckets: s3.No},
		}, nil
	}
}

// watch runs a process with an eye over the world for a while, in a bubble of time, and gives its counts of looks.
func watch(t *testing.T, w *world, e *eye, down int, span time.Duration, findings ...[]byte) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{world: w, more: make(chan bus.Delivery, 1000), down: down}
		e.start = time.Now()
		ctx, stop := context.WithTimeout(t.Context(), span)
		defer stop()
		stage := alerting.New(alerting.Deps{
			Log: p, State: bucket{w, "state"}, Exposure: bucket{w, "exposure"}, Alerts: bucket{w, "alerts"}, Shards: 1,
			Own:    func(ctx context.Context, _ string, _ int, run bus.RunFunc) error { return run(ctx, 0, bus.Fence{}) },
			Logger: zap.NewNop(), Registry: registry, Now: w.now, Looker: e, LookDelay: 15 * time.Second,
		}, &alerting.Policy{Rules: rules(), Router: everybody{}})
		for _, f := range findings {
			p.send("", f)
		}
		if err := stage.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stopped with %v", err)
		}
	})
	w.passed += span
	counts := map[string]float64{}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "trailwarden_alerting_live_lookups_total" && m.GetCounter().GetValue() > 0 {
				counts[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	return counts
}

// now is the time in a world: each bubble begins where the last one ended.
func (w *world) now() time.Time { return time.Now().Add(w.passed) }

// said gives how sure the only exposure is, and what S3 said of it.
func (w *world) said(t *testing.T) (*alert.Alert, []string) {
	t.Helper()
	var found *alert.Alert
	for _, a := range w.alerts(t) {
		if a.Exposure != nil && !a.Attempt {
			found = a
		}
	}
	if found == nil {
		t.Fatal("no exposure")
	}
	return found, slices.DeleteFunc(slices.Clone(found.Exposure.Reasons), func(r string) bool { return !strings.HasPrefix(r, "S3 says") })
}

func TestABucketSaidToBePublicIsLookedAt(t *testing.T) {
	w, e := newWorld(), &eye{answer: seen(s3.No, s3.Yes)}
	counts := watch(t, w, e, 0, time.Minute, finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""),
		finding(t, 2, "eve", "PutBucketAcl", fmt.Sprintf(publicRead, "y"), "AccessDenied"))
	if diff := cmp.Diff([]string{"15s x eu-west-1 111122223333"}, e.asked); diff != "" {
		t.Error(diff)
	}
	a, said := w.said(t)
	if a.Exposure.Confidence != "confirmed" || a.Status != alert.Open || a.Revision != 2 {
		t.Errorf("%+v, %+v", a, a.Exposure)
	}
	if diff := cmp.Diff([]string{"S3 says: public: the ACL grants AllUsers READ; no public policy"}, said); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(a.Sensitivity.Reasons, "tags: Owner=hr") {
		t.Errorf("sensitivity %+v", a.Sensitivity)
	}
	if diff := cmp.Diff(map[string]float64{"public": 1}, counts); diff != "" {
		t.Error(diff)
	}
	again := &eye{answer: seen(s3.No, s3.Yes)}
	if watch(t, w, again, 0, time.Hour); len(again.asked) > 0 {
		t.Errorf("a restart looks again at what is confirmed: %q", again.asked)
	}
}

func TestARestartLooksAgainAtWhatIsNotConfirmed(t *testing.T) {
	w, e := newWorld(), &eye{answer: seen(s3.No, s3.No)}
	watch(t, w, e, 0, 10*time.Second, finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""))
	if len(e.asked) > 0 {
		t.Fatalf("asked before its time: %q", e.asked)
	}
	for n, answer := range []s3.Answer{s3.No, s3.No, s3.Yes} {
		e := &eye{answer: seen(s3.No, answer)}
		watch(t, w, e, 0, time.Hour)
		a, said := w.said(t)
		if len(e.asked) != 1 || len(said) != 1 || a.Status != alert.Open || a.Exposure.After != "public" {
			t.Errorf("start %d: asked %q, said %q, %+v", n, e.asked, said, a.Exposure)
		}
		if want := map[s3.Answer]string{s3.No: "unconfirmed", s3.Yes: "confirmed"}[answer]; a.Exposure.Confidence != want {
			t.Errorf("start %d: %s, want %s", n, a.Exposure.Confidence, want)
		}
		if want := []uint64{2, 2, 3}[n]; a.Revision != want {
			t.Errorf("start %d: revision %d, want %d: the same answer is no news", n, a.Revision, want)
		}
	}
}

func TestALookThatFailsIsTriedAgainAndCancelsNothing(t *testing.T) {
	w := newWorld()
	e := &eye{answer: func(_ int, bucket string) (s3.Finding, error) {
		return s3.Finding{Bucket: bucket, Unseen: []string{"ACL and what is asked after it (no answer)"}}, errors.New("no route to host")
	}}
	counts := watch(t, w, e, 0, time.Hour, finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""))
	times := []string{}
	for _, asked := range e.asked {
		at, _, _ := strings.Cut(asked, " ")
		times = append(times, at)
	}
	if diff := cmp.Diff([]string{"15s", "30s", "1m0s", "2m0s"}, times); diff != "" {
		t.Error(diff)
	}
	a, said := w.said(t)
	if a.Status != alert.Open || a.Exposure.Confidence != "unconfirmed" || len(said) != 1 || !strings.HasPrefix(said[0], "S3 says: cannot tell: ") {
		t.Errorf("%+v, said %q", a.Exposure, said)
	}
	if diff := cmp.Diff(map[string]float64{"retried": 3, "unknown": 1}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestAnAnswerThatCannotBeQueuedIsAskedForAgain(t *testing.T) {
	for down, want := range map[int]map[string]float64{2: {"retried": 2, "public": 1}, 9: {"retried": 3, "lost": 1}} {
		w, e := newWorld(), &eye{answer: seen(s3.No, s3.Yes)}
		counts := watch(t, w, e, down, time.Hour, finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""))
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Error(diff)
		}
		if a, _ := w.said(t); a.Status != alert.Open {
			t.Errorf("%+v", a)
		}
	}
}

func TestWhatWasClosedMeanwhileIsNotLookedAt(t *testing.T) {
	w, e := newWorld(), &eye{answer: seen(s3.No, s3.Yes)}
	watch(t, w, e, 0, time.Hour, finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""), finding(t, 2, "alice", "DeleteBucket", `{"bucketName":"x"}`, ""))
	if a, _ := w.said(t); len(e.asked) > 0 || a.Status != alert.Resolved {
		t.Errorf("asked %q, %s", e.asked, a.Status)
	}
}

func TestTooManyLooksAreDroppedAndCounted(t *testing.T) {
	w, e := newWorld(), &eye{answer: seen(s3.No, s3.Yes)}
	var findings [][]byte
	for n := range 300 {
		findings = append(findings, finding(t, 1000+n, fmt.Sprint("user-", n), "PutBucketAcl", fmt.Sprintf(publicRead, fmt.Sprint("b-", n)), ""))
	}
	counts := watch(t, w, e, 0, time.Hour, findings...)
	if counts["public"] != 256 || counts["dropped"] != 44 {
		t.Errorf("counts %v", counts)
	}
	if n := len(w.alerts(t)); n < 300 {
		t.Errorf("%d alerts of 300", n)
	}
}
