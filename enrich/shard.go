package enrich

import (
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// Selector says which rules want to see a record in full.
type Selector interface {
	// Select appends to dst the ids of the rules that want the record. It keeps neither h nor raw, and
	// allocates nothing when it appends nothing.
	Select(h *cloudtrail.Header, raw []byte, dst []string) []string
}

// BurstRule stands among a finding's rules when the actor's history asked for the finding, because this record
// crossed the amount that counts as a burst.
const BurstRule = "burst"

// Outcome is what became of one record.
type Outcome uint8

// The outcomes of a record; each is counted once.
const (
	Unmatched   Outcome = iota // nobody asked for it
	Matched                    // it became a finding
	Duplicate                  // its eventID was seen before
	Skipped                    // its actor had taken it in before a restart: counted by whoever saved that
	Quarantined                // asked for, but it cannot be decoded
)

// Shard is the enrichment of one shard's records, in stream order, without any I/O: replay uses it as it is, a
// Worker adds the stream and the store. It is not safe for concurrent use.
type Shard struct {
	book *history.Book
}

// NewShard makes a shard that knows nobody yet. Of the memory the settings allow to history it takes one part
// in shards.
func NewShard(cfg Config, shards int, lookup *Lookup, selector Selector) *Shard {
	return &Shard{}
}

// Process takes in one record: raw is its JSON, h what was scanned from it; both are only read, and not kept.
// Received is when it was received, in Unix milliseconds, 0 in replay. The finding is nil unless the outcome is
// Matched. A record that nobody asked for costs no allocation once its actor is known.
func (s *Shard) Process(raw []byte, h *cloudtrail.Header, received int64, pos history.Position) (Outcome, *Finding) {
	return Unmatched, nil
}
