package alerting_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich"
)

// filedFindings is the changes of many hands to a few buckets, a minute apart.
func filedFindings(t *testing.T, rng *rand.Rand, n int) [][]byte {
	t.Helper()
	var all [][]byte
	for i := range n {
		data := finding(t, i, fmt.Sprintf("user-%d", rng.IntN(5)), "PutBucketAcl",
			fmt.Sprintf(`{"bucketName":"b%d","x-amz-acl":%q}`, rng.IntN(3), []string{"public-read", "private", "public-read-write"}[rng.IntN(3)]), "")
		f, err := enrich.DecodeFinding(data)
		if err != nil {
			t.Fatal(err)
		}
		f.Filed, f.Rules = true, []string{detect.OnExposure}
		if data, err = enrich.EncodeFinding(f); err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

// ended is what there is in the end, and who closed it.
func (w *world) ended(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, a := range w.alerts(t) {
		out[a.ID] = fmt.Sprint(a.Status, a.Severity, a.EventIDs, a.ResolvingEventIDs)
	}
	return out
}

// TestFilesAreTakenInByTime: the enrichment's shards come to the findings of a folder in any order. The alerts are those of
// the same events in their own order, whenever the process dies.
func TestFilesAreTakenInByTime(t *testing.T) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		all := filedFindings(t, rng, 40)
		run := func(order []int, killAt int) map[string]string {
			w := newWorld()
			w.grouped = seed%2 == 0
			for n, i := range order {
				w.lanes[bus.FindingsSubject(0)] = append(w.lanes[bus.FindingsSubject(0)], bus.Delivery{Sequence: uint64(n + 1), Data: all[i]})
			}
			for w.killAt = killAt; ; w.killAt = 0 {
				if err := live(t, w); err == nil || errors.Is(err, context.DeadlineExceeded) {
					return w.ended(t)
				}
				w.effects = 0
			}
		}
		inOrder := make([]int, len(all))
		for i := range inOrder {
			inOrder[i] = i
		}
		want := run(inOrder, 0)
		for _, kill := range []int{0, 1 + rng.IntN(10), 10 + rng.IntN(40)} {
			order := slices.Clone(inOrder)
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			if diff := cmp.Diff(want, run(order, kill)); diff != "" || len(want) < 3 {
				t.Errorf("seed %d, killed at effect %d: of %d alerts\n%s", seed, kill, len(want), diff)
			}
		}
	}
}
