package alerting_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/builtin"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich"
)

var errKilled = errors.New("killed")

// world is a bus in memory that a process can be killed in: after so many effects every call fails.
type world struct {
	mu      sync.Mutex
	values  map[string]bus.Entry
	lanes   map[string][]bus.Delivery
	told    map[string]int // notifications by id, repeats counted
	parked  []string
	next    uint64
	effects int
	killAt  int           // 0: never
	grouped bool          // deliveries tell how many wait behind them
	most    int           // bytes of a message; 0: a MiB
	passed  time.Duration // by the world's clock, in bubbles before
	notices []notify.Notice
}

func newWorld() *world {
	return &world{values: map[string]bus.Entry{}, lanes: map[string][]bus.Delivery{}, told: map[string]int{}}
}

// effect counts one write; half of the kills come after it happened, as an answer that was lost.
func (w *world) effect(do func()) error {
	w.effects++
	if w.killAt > 0 && w.effects > w.killAt {
		return errKilled
	}
	do()
	if w.effects == w.killAt && w.killAt%2 == 0 {
		return errKilled
	}
	return nil
}

func (w *world) Tail(ctx context.Context, subject string, after bus.Position, visit func(bus.Delivery) error) error {
	w.mu.Lock()
	lane := slices.Clone(w.lanes[subject])
	w.mu.Unlock()
	for n, d := range lane {
		if d.Sequence > after.Sequence {
			if w.grouped {
				d.Pending = uint64(len(lane) - 1 - n)
			}
			if err := visit(d); err != nil {
				return err
			}
		}
	}
	<-ctx.Done()
	return context.Cause(ctx)
}

func (w *world) MaxPayload() int {
	if w.most > 0 {
		return w.most
	}
	return 1 << 20
}

func (w *world) Trim(context.Context, string, bus.Position) error { return nil }

func (w *world) Publish(_ context.Context, msgs ...bus.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range msgs {
		if err := w.effect(func() { w.told[m.ID]++ }); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) Park(_ context.Context, _, id, _ string, _ []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.effect(func() {
		if !slices.Contains(w.parked, id) {
			w.parked = append(w.parked, id)
		}
	})
}

// bucket is one key-value bucket of a world.
type bucket struct {
	*world
	name string
}

func (b bucket) Get(_ context.Context, key string) (bus.Entry, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.values[b.name+"/"+key]
	return e, e.Value != nil, nil
}

func (b bucket) Put(_ context.Context, key string, value []byte, expect uint64) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if have := b.values[b.name+"/"+key].Revision; have != expect && expect != bus.AnyRevision {
		return 0, &bus.ConflictError{Key: key, Expected: expect}
	}
	var revision uint64
	if len(value) > b.MaxPayload() {
		return 0, &bus.TooLargeError{Subject: key, Size: len(value), Limit: b.MaxPayload()}
	}
	err := b.effect(func() {
		b.next++
		revision = b.next
		b.values[b.name+"/"+key] = bus.Entry{Key: key, Value: value, Revision: revision}
	})
	return revision, err
}

func (b bucket) PutAll(ctx context.Context, writes []bus.KVWrite) ([]uint64, error) {
	revisions := make([]uint64, len(writes))
	for i, w := range writes {
		var err error
		if revisions[i], err = b.Put(ctx, w.Key, w.Value, w.Expect); err != nil {
			return revisions, err
		}
	}
	return revisions, nil
}

func (b bucket) Range(_ context.Context, prefix string, visit func(bus.Entry) error) error {
	b.mu.Lock()
	var found []bus.Entry
	for key, e := range b.values {
		if at := b.name + "/" + prefix; e.Value != nil && (key == at || strings.HasPrefix(key, at+".")) {
			found = append(found, e)
		}
	}
	b.mu.Unlock()
	slices.SortFunc(found, func(x, y bus.Entry) int { return int(x.Revision) - int(y.Revision) })
	for _, e := range found {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

func (b bucket) Changes(_ context.Context, prefix string, after bus.Position, visit func(bus.Entry, bool) error) (bus.Position, error) {
	b.mu.Lock()
	var found []bus.Entry
	for key, e := range b.values {
		if strings.HasPrefix(key, b.name+"/"+prefix+".") && e.Revision > after.Sequence {
			found = append(found, e)
		}
	}
	b.mu.Unlock()
	slices.SortFunc(found, func(x, y bus.Entry) int { return int(x.Revision) - int(y.Revision) })
	for _, e := range found {
		after.Sequence = e.Revision
		if err := visit(e, e.Value != nil); err != nil {
			return after, err
		}
	}
	return after, nil
}

type everybody struct{}

func (everybody) Route(*alert.Alert) notify.Routing {
	return notify.Routing{Receivers: []string{"soc", "oncall"}}
}

func (everybody) Muted() string { return "" }

func rules() *alerting.Rules {
	twice := &detect.Rule{ID: "twice", Title: "Buckets opened", Severity: alert.High, Correlation: &detect.Correlation{
		Kind: detect.EventCount, Rules: []string{"s3-public-acl"}, GroupBy: []string{"userIdentity.userName"}, Span: time.Hour, Op: ">=", Value: 2,
	}}
	return &alerting.Rules{Index: detect.Build(append(builtin.Rules(), twice), nil), Score: score.DefaultConfig()}
}

// live runs one process over the world until it is killed or has nothing left to do, and tells which it was.
func live(t *testing.T, w *world) error {
	t.Helper()
	var err error
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second) // of the bubble: all is done by then
		defer stop()
		stage := alerting.New(alerting.Deps{
			Log: w, State: bucket{w, "state"}, Exposure: bucket{w, "exposure"}, Alerts: bucket{w, "alerts"}, Shards: 1,
			Own:    func(ctx context.Context, _ string, _ int, run bus.RunFunc) error { return run(ctx, 0, bus.Fence{}) },
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Now: time.Now,
		}, &alerting.Policy{Rules: rules(), Router: everybody{}})
		err = stage.Run(ctx)
	})
	return err
}

func finding(t *testing.T, n int, user, name, params, failure string) []byte {
	t.Helper()
	raw := fmt.Sprintf(`{"eventVersion":"1.08","eventID":"event-%d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T12:%02d:00Z",
		"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333","errorCode":%q,"requestParameters":%s,
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","accountId":"111122223333","userName":%q}}`,
		n, name, n%60, failure, params, user, user)
	data, err := enrich.EncodeFinding(&enrich.Finding{EventID: fmt.Sprint("event-", n), Rules: []string{detect.OnExposure}, Record: []byte(raw)})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const publicRead = `{"bucketName":%q,"acl":"","x-amz-acl":"public-read"}`

// story fills the lane: two buckets opened by one actor, one by another, some closed, a refusal, junk, a command.
func (w *world) story(t *testing.T) {
	t.Helper()
	lane := [][]byte{
		finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""),
		finding(t, 2, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "y"), ""),
		[]byte("junk"),
		finding(t, 4, "bob", "PutBucketAcl", fmt.Sprintf(publicRead, "z"), ""),
		finding(t, 5, "bob", "DeleteBucket", `{"bucketName":"x"}`, ""),
		finding(t, 6, "eve", "PutBucketAcl", fmt.Sprintf(publicRead, "kops-state"), "AccessDenied"),
		finding(t, 7, "bob", "DeleteBucket", `{"bucketName":"y"}`, ""),
		finding(t, 8, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "y"), ""),
		finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""), // again
	}
	for i, data := range lane {
		w.lanes[bus.FindingsSubject(0)] = append(w.lanes[bus.FindingsSubject(0)], bus.Delivery{Sequence: uint64(10 * (i + 1)), Data: data})
	}
}

func (w *world) alerts(t *testing.T) []*alert.Alert {
	t.Helper()
	q := &alerting.Query{State: bucket{w, "state"}, Alerts: bucket{w, "alerts"}, Log: w, Shards: 1}
	page, err := q.Page(t.Context(), alert.Filter{}, 1000, "")
	if err != nil {
		t.Fatal(err)
	}
	return page.Alerts
}

func TestAKillBetweenAnyTwoStepsLosesNothingAndTellsNothingElse(t *testing.T) {
	clean := newWorld()
	clean.story(t)
	if err := live(t, clean); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if n := len(clean.alerts(t)); n < 4 {
		t.Fatalf("%d alerts of the story, want at least 4", n)
	}
	for _, grouped := range []bool{false, true} {
		t.Run(fmt.Sprintf("grouped %t", grouped), func(t *testing.T) {
			for killAt := 1; killAt < clean.effects; killAt++ {
				if !killed(t, clean, grouped, killAt) {
					return // the whole story took fewer steps
				}
			}
		})
	}
}

// killed lives through the story with a kill at one step, and reports whether it came to that step.
func killed(t *testing.T, clean *world, grouped bool, killAt int) bool {
	t.Helper()
	w := newWorld()
	w.story(t)
	w.killAt, w.grouped = killAt, grouped
	first := live(t, w)
	if errors.Is(first, context.DeadlineExceeded) && grouped {
		return false
	}
	if !errors.Is(first, errKilled) {
		t.Fatalf("killed at %d: %v", killAt, first)
	}
	w.killAt = 0
	if err := live(t, w); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("after a kill at %d: %v", killAt, err)
	}
	if diff := cmp.Diff(clean.alerts(t), w.alerts(t)); diff != "" {
		t.Fatalf("killed at %d, the alerts differ:\n%s", killAt, diff)
	}
	if diff := cmp.Diff(clean.state(), w.state()); diff != "" {
		t.Fatalf("killed at %d, the state differs:\n%s", killAt, diff)
	}
	if diff := cmp.Diff(ids(clean.told), ids(w.told)); diff != "" && !grouped {
		t.Fatalf("killed at %d, the notifications differ:\n%s", killAt, diff)
	}
	for _, a := range w.alerts(t) { // stored together or not, everybody hears of the latest state
		for _, name := range []string{"soc", "oncall"} {
			if id := bus.Key("notify", name, a.ID, fmt.Sprint(a.Revision)); w.told[id] == 0 && clean.told[id] > 0 {
				t.Fatalf("killed at %d: %s was not told of revision %d of %s", killAt, name, a.Revision, a.ID)
			}
		}
	}
	if len(w.parked) != 1 {
		t.Fatalf("killed at %d: parked %v, want the junk once", killAt, w.parked)
	}
	return true
}

// state is every stored value but the journals, whose writes are the same as these.
func (w *world) state() map[string]string {
	out := map[string]string{}
	for key, e := range w.values {
		if !strings.HasPrefix(key, "state/") {
			out[key] = string(e.Value)
		}
	}
	return out
}

func ids(told map[string]int) []string {
	var out []string
	for id := range told {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func TestAnOwnerThatLostTheShardIsRefused(t *testing.T) {
	w := newWorld()
	w.story(t)
	state := bucket{w, "state"}
	w.killAt = 6
	if err := live(t, w); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	w.killAt = 0
	before, ok, err := state.Get(t.Context(), bus.Key("alerting", "0"))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := live(t, w); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	_, err = state.Put(t.Context(), before.Key, before.Value, before.Revision)
	var conflict *bus.ConflictError
	if !errors.As(err, &conflict) {
		t.Errorf("the former owner's journal was taken: %v", err)
	}
}

func TestCommandsGoThroughTheLaneOfTheirAlert(t *testing.T) {
	w := newWorld()
	w.story(t)
	if err := live(t, w); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	var open *alert.Alert
	for _, a := range w.alerts(t) {
		if a.Status == alert.Open && !a.Attempt {
			open = a
		}
	}
	q := &alerting.Query{State: bucket{w, "state"}, Alerts: bucket{w, "alerts"}, Log: &lane{world: w}, Shards: 1}
	if err := q.Command(t.Context(), incident.Command{AlertID: open.ID, Action: incident.Acknowledge, By: "dora", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := q.Command(t.Context(), incident.Command{AlertID: "nobody", Action: incident.Resolve}); !errors.Is(err, alerting.ErrNoAlert) {
		t.Errorf("command on an unknown alert: %v", err)
	}
	if err := live(t, w); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	a, err := q.Get(t.Context(), open.ID)
	if err != nil || a.Status != alert.Acknowledged || a.AcknowledgedBy != "dora" {
		t.Errorf("alert %+v, %v", a, err)
	}
	counts, _, err := q.Counts(t.Context())
	if err != nil || counts.Opened < 4 || counts.Resolved < 1 {
		t.Errorf("counts %+v, %v", counts, err)
	}
}

// lane publishes into the lanes of a world.
type lane struct{ *world }

func (l *lane) Publish(_ context.Context, msgs ...bus.Message) error {
	for _, m := range msgs {
		l.lanes[m.Subject] = append(l.lanes[m.Subject], bus.Delivery{Sequence: 1000, Data: m.Data, ID: m.ID})
	}
	return nil
}

// TestWhatCannotBeStoredHoldsUpNothing: a finding whose outcome is more than a message may have, or has a time that JSON
// has no words for, is put aside, and the state and the alerts are those without it.
func TestWhatCannotBeStoredHoldsUpNothing(t *testing.T) {
	noise := make([]byte, 1<<17)
	rand.NewChaCha8([32]byte{}).Read(noise)
	poison := finding(t, 2, "eve", "PutBucketPolicy", fmt.Sprintf(`{"bucketName":"x","bucketPolicy":%q}`, hex.EncodeToString(noise)), "")
	for _, grouped := range []bool{false, true} {
		t.Run(fmt.Sprintf("grouped %t", grouped), func(t *testing.T) {
			w := newWorld()
			w.most, w.grouped = 48<<10, grouped
			cannotBeStored(t, w, poison)
		})
	}
}

func cannotBeStored(t *testing.T, w *world, poison []byte) {
	t.Helper()
	for i, data := range [][]byte{
		finding(t, 1, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "x"), ""), poison,
		finding(t, 3, "alice", "PutBucketAcl", fmt.Sprintf(publicRead, "y"), ""),
	} {
		w.lanes[bus.FindingsSubject(0)] = append(w.lanes[bus.FindingsSubject(0)], bus.Delivery{Sequence: uint64(i + 1), Data: data})
	}
	if err := live(t, w); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if len(w.parked) != 1 {
		t.Errorf("parked %q", w.parked)
	}
	var buckets []string
	for _, a := range w.alerts(t) {
		if a.RuleID == "s3-public-acl" {
			for _, b := range a.Buckets {
				buckets = append(buckets, b.Bucket+" "+b.After)
			}
		}
	}
	if got := strings.Join(buckets, ", "); got != "x public, y public" {
		t.Errorf("told %s", got)
	}
	counts, _, err := (&alerting.Query{State: bucket{w, "state"}}).Counts(t.Context())
	if err != nil || int(counts.Opened) != len(w.alerts(t)) {
		t.Errorf("counted %+v of %d alerts, %v", counts, len(w.alerts(t)), err)
	}
}
