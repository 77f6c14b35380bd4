package enrich

import (
	"bytes"
	"slices"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// Selector says which rules want to see a record in full.
type Selector interface {
	// Select appends to dst the ids of the rules that want the record. It keeps neither h nor raw, and
	// allocates nothing when it appends nothing. It is asked from several goroutines at once.
	Select(h *cloudtrail.Header, raw []byte, dst []string) []string
	// Counted reports whether a rule's matches, beyond 100 in an hour, may be told by their number.
	Counted(id string) bool
}

// BurstRule stands among a finding's rules when the actor's history asked for the finding, because this record
// crossed the amount that counts as a burst.
const BurstRule = "burst"

// MovedRule does so when the record came from a network or autonomous system that its actor was never seen in.
const MovedRule = "moved"

// ExposureRule does so when the record can change or say something about who reaches a bucket.
const ExposureRule = "exposure"

// OrganizationRule does so when the record can change what an organization's policies mean for its accounts. Such a record
// concerns the accounts of every shard.
const OrganizationRule = "organization"

// ProofRule does so when the record may show that the data of a bucket is open to its caller. Such records can be most of
// all there are, so one that says nothing else becomes a finding once in ten minutes.
const ProofRule = "proof"

// CanaryRule is the one rule of the finding that a canary becomes.
const CanaryRule = "canary"

// Outcome is what became of one record.
type Outcome uint8

// The outcomes of a record; each is counted once.
const (
	Unmatched   Outcome = iota // nobody asked for it
	Matched                    // it became a finding: a rule may name it; or a match that is only counted
	Duplicate                  // its eventID was seen before
	Skipped                    // its actor had taken it in before a restart: whoever saved that counted it
	Quarantined                // asked for, but it cannot be decoded
	Aggregated                 // CloudTrail's own count of many data events: it names no call and no actor
	outcomes    = iota
)

// String is the outcome's name in metrics.
func (o Outcome) String() string {
	return [outcomes]string{"unmatched", "matched", "duplicate", "skipped", "quarantined", "aggregated"}[o]
}

// Shard is the enrichment of one shard's records, in stream order, without any I/O: replay uses it as it is, a
// Worker adds the stream and the store. It is not safe for concurrent use.
type Shard struct {
	book     *history.Book
	seen     *seen
	lookup   *Lookup
	origins  *OriginCache
	selector Selector
	rules    []string
	proofs   proofs
}

// NewShard makes a shard that knows nobody yet. Of the memory the settings allow to history it takes one part
// in shards.
func NewShard(cfg Config, shards int, lookup *Lookup, selector Selector) *Shard {
	return &Shard{
		book:     history.NewBook(cfg.History, cfg.Principals, shards),
		seen:     newSeen(cfg.History.EventIDs / max(shards, 1)),
		lookup:   lookup,
		origins:  lookup.Origins(),
		selector: selector,
	}
}

// Actors is how many actors the shard holds in memory.
func (s *Shard) Actors() int { return s.book.Actors() }

// Process takes in one record: raw is its JSON, h what was scanned from it; both are only read, and not kept.
// Received is when it was received, in Unix milliseconds, 0 in replay; pos has to grow from record to record.
// The finding is nil unless the outcome is Matched, and where a match is only counted. A record that nobody asked for costs no allocation when it
// shows nothing new of its actor.
func (s *Shard) Process(raw []byte, h *cloudtrail.Header, received int64, pos history.Position) (Outcome, *Finding) {
	return s.process(raw, h, history.Hash(h.EventID), received, pos)
}

func (s *Shard) process(raw []byte, h *cloudtrail.Header, event uint64, received int64, pos history.Position) (Outcome, *Finding) {
	if !s.seen.add(event) {
		return Duplicate, nil
	}
	if h.Canary() { // nobody's habit, and of no interest to any rule
		f := &Finding{EventID: string(h.EventID), Rules: []string{CanaryRule}, Record: bytes.Clone(raw), Received: received}
		f.Facts.Account.ID = f.EventID // each may go to another shard
		return Matched, f
	}
	if string(h.EventCategory) == "Aggregated" {
		return Aggregated, nil
	}
	s.book.Arrive(received)
	sight := s.book.Look(h, s.origins.Of(h), pos)
	if !h.NetworkActivity() { // the record of the call itself has taught it
		defer s.book.Learn()
	}
	if sight.Applied {
		return Skipped, nil
	}
	s.rules = s.selector.Select(h, raw, s.rules[:0])
	matched := len(s.rules) > 0
	rules, more := s.lookup.floods.thin(h, s.rules, s.selector.Counted)
	s.rules = rules
	if sight.Burst && !h.NetworkActivity() {
		s.rules = append(s.rules, BurstRule)
	}
	if sight.Moved && !h.NetworkActivity() {
		s.rules = append(s.rules, MovedRule)
	}
	if !slices.Contains(s.rules, ExposureRule) && !h.NetworkActivity() && s.lookup.objects.ends(h, raw) {
		s.rules = append(s.rules, ExposureRule)
	}
	if len(s.rules) == 1 && s.rules[0] == ProofRule && s.proofs.known(h) {
		return Unmatched, nil
	}
	if len(s.rules) == 0 {
		if matched {
			return Matched, nil
		}
		return Unmatched, nil
	}
	f, err := s.find(raw, received)
	if err != nil {
		return Quarantined, nil
	}
	f.More = more
	return Matched, f
}

// find makes the finding of the record the book looks at, for the rules just selected.
func (s *Shard) find(raw []byte, received int64) (*Finding, error) {
	raw = bytes.Clone(raw)
	rec, err := cloudtrail.Decode(raw)
	if err != nil {
		return nil, err
	}
	s.lookup.objects.note(rec, s.rules)
	facts := s.lookup.Facts(rec)
	s.lookup.metrics.time(historyEnricher, func() { facts.History = s.book.Snapshot(rec) })
	return &Finding{
		EventID: rec.EventID, Rules: append([]string(nil), s.rules...), Facts: facts, Record: raw, Received: received,
	}, nil
}
