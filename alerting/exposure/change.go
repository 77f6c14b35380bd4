package exposure

import "github.com/trailwarden/trailwarden/alerting/alert"

// Kind is what one record did to the exposure.
type Kind string

// The kinds of change.
const (
	Unchanged Kind = ""
	Opened    Kind = "opened"    // strangers can reach it now, or nothing known stops them
	Widened   Kind = "widened"   // it was public already, and a further public grant or a wider one came
	Slept     Kind = "latent"    // a public grant was stored, but a gate stops it
	SharedOut Kind = "shared"    // a named foreign account, organization or address range was let in
	Weakened  Kind = "weakened"  // a gate was removed, and no sleeping public grant is known
	Unclear   Kind = "unclear"   // what was set cannot be judged
	Narrowed  Kind = "narrowed"  // less is open than before, but not everything is closed
	Closed    Kind = "closed"    // every way that was open is closed
	Tightened Kind = "tightened" // a gate came back, or something not public went
	Attempted Kind = "attempted" // the call failed; nothing changed
)

// Closes reports whether a change of the kind can only close something, or changes nothing.
func (k Kind) Closes() bool { return k.rank() <= Closed.rank() && k != Attempted }

// Scope is what a change is about.
type Scope string

// The scopes, as exposure.scope of an alert spells them.
const (
	BucketScope      Scope = "bucket"
	ObjectScope      Scope = "object"
	AccountScope     Scope = "account"
	AccessPointScope Scope = "access-point"
)

// Confidence says whether every gate that could stop the grant is known.
type Confidence string

// The confidences.
const (
	Confirmed   Confidence = "confirmed"
	Unconfirmed Confidence = "unconfirmed"
)

// Change is what one record did, told from the facts just before and just after its event time, or, where that is
// less, from what is different now because of it. The same record over the same facts gives the same Change again, however often and in whatever order it arrives.
type Change struct {
	Mark
	Kind      Kind
	Scope     Scope
	EventName string
	Bucket    string // empty for an account
	Object    string // key, for the object scope
	Point     string // name, for the access point scope
	Account   string // owner of the resource
	Resource  string // ARN

	Before     State
	After      State
	Confidence Confidence
	Verdict    Verdict // after; of a failed call, what it would have opened
	Reach      Reach
	Access     Access
	Severity   alert.Severity // by the ladder, of what is new; an attempt is one step below its success
	Attempted  State          // of a failed call: the state it would have led to; else empty
	Grant      string         // the worst new grant in short: "AllUsers READ", "* s3:GetObject"
	OwnGrant   string         // the widest new grant to another account or organization known to be one's own; empty if none
	Woken      []string       // what slept behind the gate this record removed: "AllUsers READ", "object k AllUsers READ"
	Gates      []string       // gates this record removed: "bucket IgnorePublicAcls", "BucketOwnerEnforced"
	Restored   []string       // gates this record put in force
	Blocks     []string       // gates known to be closed still
	Unseen     []string       // of what is public, unconfirmed: the gates never seen, which may still block it
	Website    bool           // the bucket serves a website

	// Proof is who was let in, of a change that only tells what a call on the data has shown: an account id, or
	// cloudtrail.Anonymous. Else empty. Unexplained is set where no setting that was seen explains it.
	Proof       string
	Unexplained bool
	shut        shut

	// Closes is true when no way into the resource is open after the record nor by the newest facts: an exposure
	// told before may be resolved. An ACL or policy never seen does not hold an incident open; a public one
	// behind a gate not known to be closed does.
	Closes bool
	// Remains is true when the public was let in before the record and is no more, and named others still are.
	Remains bool
	// Shares is true when named others are let in after the record or by the newest facts, whatever is public.
	Shares bool
	// Superseded names the event that has already replaced what this record set; nil unless it came late.
	Superseded *Mark
	later      *Mark // what Superseded would be, were the change told from the facts of the record's time
	Now        State // as of the newest facts; differs from After only for a late record
	// Left are the grants to the public and to named others that are not known to be stopped by the newest facts, worst first.
	Left []Grant
	// SharedBefore are the grants to named others that were in effect just before the record; see Shared.
	SharedBefore []string
	inForce      []string // of Weakened: what still stops public grants where the gates were removed
	fresh        []Grant  // the new grants, worst first
	Reasons      []string
}
