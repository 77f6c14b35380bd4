package consumer_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func TestCountsAsJSON(t *testing.T) {
	got, err := json.Marshal(consumer.Counts{Messages: consumer.MessageCounts{In: 1, Done: 1}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"messages":{"in":1,"done":1,"ignored":0,"quarantined":0,"pending":0},` +
		`"objects":{"in":0,"read":0,"ignored":0,"quarantined":0,"pending":0},` +
		`"records":{"in":0,"matched":0,"unmatched":0,"duplicate":0,"aggregated":0,"ignored":0,"quarantined":0,"pending":0}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCountsAdd(t *testing.T) {
	one := consumer.Counts{
		Messages: consumer.MessageCounts{In: 1, Done: 2, Ignored: 3, Quarantined: 4, Pending: 5},
		Objects:  consumer.ObjectCounts{In: 6, Read: 7, Ignored: 8, Quarantined: 9, Pending: 10},
		Records:  consumer.RecordCounts{In: 11, Matched: 12, Unmatched: 13, Duplicate: 14, Aggregated: 15, Ignored: 16, Quarantined: 17, Pending: 18},
	}
	sum := one
	sum.Add(one)
	want := consumer.Counts{
		Messages: consumer.MessageCounts{In: 2, Done: 4, Ignored: 6, Quarantined: 8, Pending: 10},
		Objects:  consumer.ObjectCounts{In: 12, Read: 14, Ignored: 16, Quarantined: 18, Pending: 20},
		Records:  consumer.RecordCounts{In: 22, Matched: 24, Unmatched: 26, Duplicate: 28, Aggregated: 30, Ignored: 32, Quarantined: 34, Pending: 36},
	}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Errorf("sum (-want +got):\n%s", diff)
	}
	if sum.IsZero() || !(consumer.Counts{}).IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestUnaccounted(t *testing.T) {
	tests := map[string]struct {
		counts consumer.Counts
		want   int64
	}{
		"nothing":  {},
		"closed":   {counts: consumer.Counts{Records: consumer.RecordCounts{In: 8, Matched: 1, Unmatched: 1, Duplicate: 1, Aggregated: 1, Ignored: 1, Quarantined: 1, Pending: 2}}},
		"lost":     {counts: consumer.Counts{Messages: consumer.MessageCounts{In: 3, Done: 1}}, want: 2},
		"too many": {counts: consumer.Counts{Objects: consumer.ObjectCounts{In: 1, Read: 2}}, want: 1},
		"both": {
			counts: consumer.Counts{Messages: consumer.MessageCounts{In: 1}, Objects: consumer.ObjectCounts{Read: 1}}, want: 2,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.counts.Unaccounted(); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestShardsAreEvenAndStable(t *testing.T) {
	const shards, actors = 16, 16000
	var filled [shards]int
	for i := range actors {
		raw := []byte(record(0))
		raw = append(raw[:len(raw)-2], []byte(`,"principalId":"`+eventID(i)+`"}}`)...)
		var h cloudtrail.Header
		if _, err := h.Scan(raw); err != nil {
			t.Fatal(err)
		}
		_ = consumer.ShardOf(&h, shards)
		filled[consumer.ShardOfKey(eventID(i), shards)]++
	}
	for s, n := range filled {
		if n < actors/shards*8/10 || n > actors/shards*12/10 {
			t.Errorf("shard %d has %d of %d actors", s, n, actors)
		}
	}
	if got := consumer.ShardOfKey("arn:aws:iam::111122223333:user/a", 16); got != consumer.ShardOfKey([]byte("arn:aws:iam::111122223333:user/a"), 16) {
		t.Error("text and bytes differ")
	}
}

func TestShardIsTheActors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards := rapid.IntRange(1, 200).Draw(t, "shards")
		i := rapid.IntRange(0, 1000).Draw(t, "event")
		var a, b cloudtrail.Header
		if _, err := a.Scan([]byte(record(i))); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Scan([]byte(record(i + 20))); err != nil { // the same actor
			t.Fatal(err)
		}
		if s := consumer.ShardOf(&a, shards); s != consumer.ShardOf(&b, shards) || s < 0 || s >= shards {
			t.Errorf("shards %d and %d of %d", s, consumer.ShardOf(&b, shards), shards)
		}
	})
}
