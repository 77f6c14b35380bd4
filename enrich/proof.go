package enrich

import (
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// proofs remembers which callers from outside were found in which buckets lately, by what they did there. It may forget
// any of them: the finding is made once more then.
type proofs map[uint64]int64 // event times of the last findings, Unix milliseconds

const (
	proofEvery = 10 * time.Minute
	maxProofs  = 50_000
)

// known reports whether the same was found less than proofEvery before the record, and notes it otherwise.
func (p *proofs) known(h *cloudtrail.Header) bool {
	at, ok := h.Time()
	if !ok {
		return false
	}
	key := history.Hash(h.Bucket) ^ 3*history.Hash(h.AccountID) ^ 5*history.Hash(h.EventName)
	if last, found := (*p)[key]; found && (time.Duration(at-last)*time.Millisecond).Abs() < proofEvery {
		return true
	}
	if *p == nil || len(*p) >= maxProofs {
		*p = proofs{}
	}
	(*p)[key] = at
	return false
}
