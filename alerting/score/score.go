// Package score turns what a detection found and what is known around it into a number that an analyst can
// check by hand: a sum of named factors, each with its points and one sentence.
//
// The deed itself gives the base, a little above the threshold of its severity. Context adds red flags and takes
// off reliefs: the address, the user's history, the bucket, the account. What is not known counts neither way,
// and is said. Then come the bounds that no context can undo: see bounds. An attempt ends one severity below what
// its success would have been.
//
// It is pure: the same input always gives the same result. It does no I/O and reads no clock.
package score

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/enrich"
)

// Input is everything a score is made of.
type Input struct {
	// Severity is the hit's own, before context; for an attempt it is one step below the success, as rules and the
	// exposure ladder give it.
	Severity alert.Severity
	Detail   string // the deed in one sentence: "AllUsers may READ"
	Attempt  bool   // the call was refused
	Root     bool   // the root user called
	Grant    Grant  // zero if nobody was let in
	Website  bool   // the bucket serves a website
	Burst    bool   // the deed is itself a burst, so that the burst is not counted again
	Facts    enrich.Facts
}

// Grant is whom a deed lets reach a resource, and for what.
type Grant struct {
	Reach  Reach // empty: no grant
	Access Access
	// Own is true if everybody reached belongs to the own organization or to known accounts.
	Own bool
}

// Reach is how far a grant goes, in the words of alerting/exposure: "internet", "any-aws", "any-vpc", "org",
// "account", "vpc", "ip-range", "cross-account", "service", "none".
type Reach string

// Public reports whether strangers are reached: anybody, any AWS account or any VPC.
func (r Reach) Public() bool { return r == "internet" || r == "any-aws" || r == "any-vpc" }

// Access is the most a grant allows, in the words of alerting/exposure.
type Access string

// The classes of access, the least first.
const (
	Recon    Access = "recon" // ACLs, location: no data
	List     Access = "list"
	Read     Access = "read"
	Write    Access = "write"
	Takeover Access = "takeover" // may grant itself everything
)

func (a Access) rank() int { return slices.Index([]Access{Recon, List, Read, Write, Takeover}, a) }

// Uncut is the sum of factors before it was lifted or cut to a bound.
func Uncut(factors []alert.Factor) int {
	sum := 0
	for _, f := range factors {
		if f.Name != floorFactor && f.Name != capFactor {
			sum += f.Points
		}
	}
	return sum
}

// Result is a score and how it came about.
type Result struct {
	Score    int // 0..100, the sum of Factors
	Severity alert.Severity
	Factors  []alert.Factor
	// Counterfactual says what the score would be without its strongest factor of context; empty if none.
	Counterfactual string
}

// factor is one summand, and the severity it alone makes the least, if any.
type factor struct {
	alert.Factor
	floor alert.Severity
	why   string // why there is a floor
}

// Score adds up the factors. The configuration must be valid.
func (c Config) Score(in Input) Result {
	context := c.context(in)
	r := c.total(in, context)
	if i := strongest(context); i >= 0 {
		other := c.total(in, slices.Delete(slices.Clone(context), i, i+1))
		if other.Severity != r.Severity || other.Score != r.Score {
			r.Counterfactual = fmt.Sprintf("Without %s: %s %d",
				inSentence(Label(context[i].Name)), strings.ToUpper(other.Severity.String()), other.Score)
		}
	}
	return r
}

// context lists the factors beside the deed itself.
func (c Config) context(in Input) []factor {
	var all []factor
	all = append(all, c.address(in)...)
	all = append(all, c.user(in)...)
	all = append(all, c.bucket(in)...)
	return append(all, c.account(in)...)
}

// total sums up, and keeps the sum within its bounds.
func (c Config) total(in Input, context []factor) Result {
	deed := success(in)
	name := ruleFactor
	if in.Grant.Reach != "" {
		name = grantFactor
	}
	r := Result{}
	r.add(name, c.Thresholds.base(deed), in.Detail)
	for _, f := range context {
		r.add(f.Name, f.Points, f.Detail)
	}
	least := c.bound(in, deed, context)
	if lift := c.Thresholds.least(least.severity) - r.Score; lift > 0 {
		r.add(floorFactor, lift, least.why)
	}
	if r.Score > highestScore {
		r.add(capFactor, highestScore-r.Score, "maximum score: 100")
	}
	r.Severity = c.Thresholds.severity(r.Score)
	if in.Attempt {
		c.refuse(&r)
	}
	return r
}

func (r *Result) add(name string, points int, detail string) {
	r.Score += points
	r.Factors = append(r.Factors, alert.Factor{Name: name, Points: points, Detail: detail})
}

// success is the severity the deed has, or would have had.
func success(in Input) alert.Severity {
	if in.Attempt && in.Severity < alert.Critical {
		return in.Severity + 1
	}
	return in.Severity
}

// refuse takes an attempt exactly one severity below its success, to about the same place within it.
func (c Config) refuse(r *Result) {
	to := 0
	if r.Severity > alert.Info {
		below := r.Severity.Lower()
		to = min(r.Score-c.Thresholds.width(below), c.Thresholds.least(r.Severity)-1)
		to = max(to, c.Thresholds.least(below))
	}
	r.add(attemptFactor, to-r.Score, "the call failed: one severity level lower")
	r.Severity = r.Severity.Lower()
}

// strongest is the index of the factor of context that moves the score the most, red flags before reliefs; -1 if
// none moves it.
func strongest(context []factor) int {
	best := -1
	for i, f := range context {
		if f.Points == 0 {
			continue
		}
		if best < 0 || compare(f, context[best]) > 0 {
			best = i
		}
	}
	return best
}

func compare(a, b factor) int {
	size := func(f factor) int { return max(f.Points, -f.Points) }
	return cmp.Or(cmp.Compare(size(a), size(b)), cmp.Compare(a.Points, b.Points))
}
