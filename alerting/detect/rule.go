// Package detect holds what every detection is made of, and finds the detections an event concerns.
//
// A Rule is a value: words for people (why it matters, what to do), the events it is built on, and Match, a pure
// function from an Input to a Hit. Nothing here does I/O or reads a clock, so every verdict can be replayed.
// Package builtin holds the detections that come with the program, one file each; package sigma makes Rules
// of Sigma files.
//
// An Index is built once from all the rules. On the hot path Select reads only a record's header and names the
// rules that want the record; it allocates nothing for the many records that no rule wants. Later, with the record decoded
// in full and the facts looked up, Match asks those rules for their verdicts.
package detect

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// Candidates that are no rule's id, and stand in Rule.Events for what is no single kind of record.
const (
	// OnExposure is selected for every event the exposure state machine wants to see. Rules that name it judge
	// Input.Change and are asked whenever there is one.
	OnExposure = enrich.ExposureRule
	// OnBurst is selected by the history when an actor crosses its usual amount of one kind of call. Rules that
	// name it judge Input.Facts.History.Burst.
	OnBurst = enrich.BurstRule
	// OnMoved is selected by the history when an actor calls from a network or autonomous system it was never seen in.
	OnMoved = enrich.MovedRule
	// OnProof is selected for calls on the data of buckets by callers from outside the account. Rules that name it judge
	// Input.Proof and are asked whenever there is one.
	OnProof = enrich.ProofRule
)

// Rule is one detection.
type Rule struct {
	ID         string // kebab-case, never renumbered
	Title      string // what happened, as a headline
	Why        string // why it matters, plain words
	Do         string // what to do about it, plain words
	Severity   alert.Severity
	Techniques []string // MITRE ATT&CK ids: "T1530"
	Controls   []string // "CIS 3.8", "NIST AC-3"

	// Events names the records the rule wants: "s3.amazonaws.com/PutBucketAcl", a prefix of names
	// "lambda.amazonaws.com/UpdateFunctionCode*", all of a source "s3.amazonaws.com/*", a name of any source
	// "*/LeaveOrganization", everything "*/*", or OnExposure, OnProof, OnBurst and OnMoved. Letter case does not matter.
	Events []string
	// Ends names the calls, among Events, that end the state which the rule tells of. NoEnd says why no call does. A rule has
	// one of both.
	Ends  []string
	NoEnd string
	// Literals are text of which each record that the rule wants has at least one, so that of many rules those are found at
	// once that a record may concern; nil: there is no such text.
	Literals []Literal
	// Wants narrows Events further on the hot path, from the header and the raw record; nil wants all of them. It must
	// not keep what it is given, nor allocate unless it has to decode the record to decide.
	Wants func(h *cloudtrail.Header, raw []byte) bool
	// Network makes the rule one on CloudTrail's network-activity records, which repeat calls without their parameters: it
	// sees them too, and other rules never do.
	Network bool
	// Needs reports whether the settings give the rule something to go by; nil needs nothing. Without it the rule does
	// not run.
	Needs func(s *Settings) bool
	// Match is the verdict on one record, nil for no. It is pure.
	Match func(in *Input) *Hit
	// Examples are records that the rule must and must not match.
	Examples []Example

	// Exposes says that the deed belongs to the exposure of its bucket, though it grants nothing by itself: it is told
	// in the bucket's incident.
	Exposes bool
	// Hidden rules raise no alert of their own: their matches feed correlations only.
	Hidden bool
	// Correlation makes the rule one over the matches of others; Events and Match are unused then. If it names no rules it is
	// over the rule's own matches, which are what counts and are not told one by one.
	Correlation *Correlation
	// Origin is the file and line a rule was read from; empty for the built-in ones.
	Origin string
}

// Input is what a verdict may depend on.
type Input struct {
	Record *cloudtrail.Record
	Raw    []byte           // the record as it came: Sigma rules and correlations read it
	Facts  *enrich.Facts    // never nil
	Change *exposure.Change // nil unless the exposure state machine applied or judged the record
	Bucket *exposure.Bucket // state of the Change's bucket, with the Change applied; nil if there is none
	Proof  *exposure.Change // what it shows that S3 let the call in; nil if it shows nothing
	// Settings is never nil.
	Settings *Settings

	tree cloudtrail.Value // of Raw, once it was asked for
}

// Settings is what verdicts depend on of the daemon's settings.
type Settings struct {
	Own exposure.Own // the own organization and accounts
	// Feeds are the buckets, queues and topics this daemon lives on: log buckets by name, queues and topics by ARN or name.
	Feeds []string
	// Static are the buckets declared to hold only files of known kinds.
	Static []StaticBucket
}

// StaticBucket declares that a bucket holds files of some kinds only.
type StaticBucket struct {
	Match        string   // glob on the bucket's name
	Suffixes     []string // allowed ends of keys: ".css"; none allowed if empty, with ContentTypes empty too
	ContentTypes []string // allowed content types: "text/css", "image/*"
}

// Hit is a verdict that something is to be told. Judge fills in what a Match leaves empty.
type Hit struct {
	// Severity, before context. A Match that does not set Exact leaves it to Judge: the rule's own, one step lower
	// for an attempt.
	Severity alert.Severity
	Exact    bool
	Detail   string // one sentence for people
	Attempt  bool   // the call was refused: nothing changed
	Bucket   string
	Resource string // ARN or name of what it is about
	Grant    string // what was granted to whom: "AllUsers READ"
	// Episode names the state that was entered, within the rule and the account: "trail/management". A later hit of the
	// same rule and episode that Closes ends it. Empty for deeds that have no end.
	Episode string
	// Lasts names the states that a deed leaves and that an event can end, within the rule and the account:
	// "snapshot/snap-1/all"; those of a bucket begin with "bucket/NAME/". Where the hit Closes, those that are over; a name
	// that ends in a slash stands for all that begin with it. The deed's alert ends with the last of them.
	// Several names of one state are joined by Alias.
	Lasts []string
	// Undoes names, as Lasts of a hit that Closes does, the states that are over by a deed which is something to tell itself. One
	// that is low is told as their end where it ends any.
	Undoes []string
	// Apart says of a deed that may end what an alert on its bucket tells that it is told by itself all the same.
	Apart bool
	// Closes says that this event ended the Episode; by itself it is no reason for an alert.
	Closes bool
}

// Alias joins the names of one state: what ends any of them ends the state.
const Alias = "\n"

// Covers reports whether a hit ends the state of that name.
func (h *Hit) Covers(name string) bool {
	over := h.Undoes
	if h.Closes {
		over = h.Lasts
	}
	for alias := range strings.SplitSeq(name, Alias) {
		if slices.ContainsFunc(over, func(end string) bool {
			return alias == end || strings.HasSuffix(end, "/") && strings.HasPrefix(alias, end)
		}) {
			return true
		}
	}
	return false
}

// Match is one rule's hit.
type Match struct {
	Rule *Rule
	Hit  *Hit
}

// Judge is the rule's verdict on one record, complete; nil for no.
func (r *Rule) Judge(in *Input) *Hit {
	if r.Match == nil {
		return nil
	}
	hit := r.Match(in)
	if hit == nil {
		return nil
	}
	if !hit.Exact {
		hit.Severity = r.Severity
		if hit.Attempt {
			hit.Severity = r.Severity.Lower()
		}
	}
	if hit.Bucket == "" {
		hit.Bucket = in.Record.Bucket()
	}
	return hit
}
