package reach

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Line is the answer to one line of `reach --batch`.
type Line struct {
	ID string `json:"id"`
	Answer
}

// Batch answers questions line by line. It keeps the sets of documents that lines give a name, and nothing else.
type Batch struct {
	sets map[string]*set
}

// set is a named set of documents with the buckets that were asked about.
type set struct {
	docs    *Documents
	buckets map[[3]string]*Bucket
}

// NewBatch makes a batch that has no sets yet.
func NewBatch() *Batch { return &Batch{sets: map[string]*set{}} }

// Answer answers one line; ok is false for a line that gives a set, which is answered by nothing.
func (b *Batch) Answer(line []byte) (answer Line, ok bool) {
	m, twice, err := members(line)
	if err != nil || len(m) == 0 {
		return faulty("", "the line is no JSON object"), true
	}
	if name, given := m["set"]; given {
		key := text(name, "the name of the set")
		if key.fault != "" || twice["set"] || twice["documents"] {
			return faulty("", "a set has one name and one member documents"), true
		}
		b.sets[key.value] = &set{ParseDocuments(m["documents"]), map[[3]string]*Bucket{}}
		return Line{}, false
	}
	id := valueOf[string](m["id"], "the id").value
	for name := range twice {
		if twice[name] {
			return faulty(id, fmt.Sprintf("%q stands in the question twice", name)), true
		}
	}
	return b.question(id, m), true
}

func (b *Batch) question(id string, m map[string]jsontext.Value) Line {
	partition := fact[string]{}
	if !absent(m["partition"]) {
		partition = text(m["partition"], "the partition")
	}
	bucket, account := text(m["bucket"], "the bucket"), text(m["account_id"], "the account")
	for _, f := range []fact[string]{bucket, account, partition} {
		if f.fault != "" {
			return faulty(id, f.fault)
		}
	}
	ask := valueOf[Ask](m["ask"], "the question")
	if ask.fault != "" {
		return faulty(id, ask.fault)
	}
	docs := m["documents"]
	if docs.Kind() != '"' {
		return Line{id, NewBucket(bucket.value, account.value, partition.value, ParseDocuments(docs)).Ask(ask.value)}
	}
	s, ok := b.sets[valueOf[string](docs, "the documents").value]
	if !ok {
		return faulty(id, "the set of documents was not given")
	}
	key := [3]string{bucket.value, account.value, partition.value}
	if s.buckets[key] == nil {
		s.buckets[key] = NewBucket(bucket.value, account.value, partition.value, s.docs)
	}
	return Line{id, s.buckets[key].Ask(ask.value)}
}

// faulty is the answer to a question that is wrong.
func faulty(id, why string) Line {
	return Line{id, Answer{Answer: Unknown, Because: Because{Kind: kindDocument}, Error: why}.complete()}
}
