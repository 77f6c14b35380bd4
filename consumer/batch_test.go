package consumer_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer"
)

func someCounts() consumer.Counts {
	return consumer.Counts{
		Messages: consumer.MessageCounts{In: 4, Done: 2, Ignored: 1, Quarantined: 1},
		Objects:  consumer.ObjectCounts{In: 3, Read: 1, Ignored: 1, Quarantined: 1},
		Records:  consumer.RecordCounts{In: 10, Quarantined: 5, Ignored: 3},
	}
}

func TestBatchComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := consumer.Batch{
			Received: time.UnixMilli(rapid.Int64Range(0, 1<<45).Draw(t, "received")),
			Sequence: rapid.Uint64Range(0, 1<<63-1).Draw(t, "sequence"),
			Counts:   someCounts(),
			Filed:    rapid.Bool().Draw(t, "filed"),
			Records:  rapid.SliceOf(rapid.SliceOf(rapid.Byte())).Draw(t, "records"),
		}
		prefix := []byte("kept")
		wire := consumer.AppendBatch(prefix, &b)
		if !bytes.HasPrefix(wire, prefix) {
			t.Fatal("the prefix is gone")
		}
		got := consumer.Batch{Records: make([][]byte, 3), Counts: consumer.Counts{Messages: consumer.MessageCounts{In: 99}}}
		if err := consumer.DecodeBatch(wire[len(prefix):], &got); err != nil {
			t.Fatal(err)
		}
		if !got.Received.Equal(b.Received) || got.Sequence != b.Sequence || got.Counts != b.Counts || got.Filed != b.Filed || len(got.Records) != len(b.Records) {
			t.Fatalf("got %+v, want %+v", got, b)
		}
		for i := range b.Records {
			if !bytes.Equal(got.Records[i], b.Records[i]) {
				t.Fatalf("record %d differs", i)
			}
		}
	})
}

// TestUsualBatchesAreReadByAll: workers that know the first version only must not be given the second without need.
func TestUsualBatchesAreReadByAll(t *testing.T) {
	counts := someCounts()
	if v := consumer.AppendBatch(nil, &consumer.Batch{Counts: counts})[0]; v != 2 {
		t.Errorf("version %d with ignored records", v)
	}
	counts.Records.Ignored = 0
	if v := consumer.AppendBatch(nil, &consumer.Batch{Counts: counts, Filed: true})[0]; v != 2 {
		t.Errorf("version %d of files", v)
	}
	data := consumer.AppendBatch(nil, &consumer.Batch{Counts: counts})
	if got, err := consumer.BatchCounts(data); data[0] != 1 || got != counts || err != nil {
		t.Errorf("version %d without: %+v, %v", data[0], got, err)
	}
}

func TestBatchLeavesOutWhatIsNotAProducersToSay(t *testing.T) {
	b := consumer.Batch{Counts: someCounts()}
	b.Counts.Records.Matched, b.Counts.Messages.Pending, b.Counts.Objects.Pending = 5, 6, 7
	var got consumer.Batch
	if err := consumer.DecodeBatch(consumer.AppendBatch(nil, &b), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(someCounts(), got.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestBatchCountsReadsTheHeaderAlone(t *testing.T) {
	b := consumer.Batch{Received: time.UnixMilli(1), Counts: consumer.Counts{Records: consumer.RecordCounts{In: 3, Quarantined: 1}}, Records: [][]byte{[]byte("{}"), []byte("{}")}}
	data := consumer.AppendBatch(nil, &b)
	got, err := consumer.BatchCounts(data[:len(data)-1]) // the records are not looked at
	if err != nil || got != b.Counts {
		t.Errorf("BatchCounts = %+v, %v", got, err)
	}
	if _, err := consumer.BatchCounts([]byte("junk")); !errors.Is(err, consumer.ErrBatch) {
		t.Errorf("BatchCounts of junk: %v", err)
	}
}

func TestDecodeBatchRefuses(t *testing.T) {
	good := consumer.AppendBatch(nil, &consumer.Batch{Received: time.UnixMilli(1), Records: [][]byte{[]byte(strings.Repeat("a", 100))}})
	tests := map[string][]byte{
		"nothing":           nil,
		"another version":   append([]byte{9}, good[1:]...),
		"half a header":     good[:5],
		"half a body":       good[:len(good)-3],
		"no body":           good[:13],
		"bytes at the end":  append(bytes.Clone(good), 1, 2, 3),
		"an enormous body":  append(bytes.Clone(good[:13]), 0xff, 0xff, 0xff, 0xff, 0x0f, 0),
		"an overlong count": append([]byte{1, 0x81, 0x00}, good[2:]...),
		"an enormous time":  append([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, good[2:]...),
		"a negative count":  append([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, good[2:]...),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			var b consumer.Batch
			if err := consumer.DecodeBatch(data, &b); !errors.Is(err, consumer.ErrBatch) {
				t.Errorf("got %v, want ErrBatch", err)
			}
		})
	}
}

// FuzzDecodeBatch states that what is taken means the same when it is written again.
func FuzzDecodeBatch(f *testing.F) {
	f.Add(consumer.AppendBatch(nil, &consumer.Batch{}))
	f.Add(consumer.AppendBatch(nil, &consumer.Batch{
		Received: time.UnixMilli(1), Sequence: 7, Counts: someCounts(), Records: [][]byte{[]byte(`{"a":1}`), nil, []byte(`{}`)},
	}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second consumer.Batch
		if consumer.DecodeBatch(data, &first) != nil {
			return
		}
		if err := consumer.DecodeBatch(consumer.AppendBatch(nil, &first), &second); err != nil {
			t.Fatal(err)
		}
		if !first.Received.Equal(second.Received) || first.Sequence != second.Sequence || first.Counts != second.Counts ||
			len(first.Records) != len(second.Records) {
			t.Errorf("%+v became %+v", first, second)
		}
		for i := range first.Records {
			if !bytes.Equal(first.Records[i], second.Records[i]) {
				t.Errorf("record %d differs", i)
			}
		}
	})
}
