// Package score turns what a detection found and what is known around it into a number that an analyst can
// check by hand: a sum of named factors, each with its points and one sentence, kept within floors and caps that
// no context can undo.
//
// It is pure: the same input always gives the same result. It does no I/O and reads no clock.
package score

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/enrich"
)

// Input is everything a score is made of.
type Input struct {
	// Severity is the rule's own, for the deed in itself: for a grant that of the exposure ladder, for an attempt
	// that of the success it aimed at.
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

// Access is the most a grant allows.
type Access string

// The classes of access, the least first.
const (
	Recon    Access = "recon" // ACLs, location: no data
	List     Access = "list"
	Read     Access = "read"
	Write    Access = "write"
	Takeover Access = "takeover" // may grant itself everything
)

// Result is a score and how it came about.
type Result struct {
	Score    int // 0..100, the sum of Factors
	Severity alert.Severity
	Factors  []alert.Factor
	// Counterfactual says what the score would be without its strongest factor of context; empty if none.
	Counterfactual string
}
