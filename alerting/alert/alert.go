// Package alert is the vocabulary of the alerting side: what an alert says, how urgent it is, and how its
// identity is made. It is a leaf: it imports nothing of the project, does no I/O and reads no clock.
//
// An Alert is one incident as people and programs see it. Its JSON form is the public one of the API, of
// replay and of the receivers; unknown values are "unknown" or null, never a guess.
package alert

import (
	"slices"
	"time"
)

// Status is where an alert stands in its life.
type Status string

// The statuses an alert can have.
const (
	Open         Status = "open"
	Acknowledged Status = "acknowledged"
	Resolved     Status = "resolved"
	Suppressed   Status = "suppressed"
)

// Live reports whether somebody may still have to act: the alert is open or acknowledged.
func (s Status) Live() bool { return s == Open || s == Acknowledged }

// BucketDeleted is the ResolvedReason of what ended because its bucket was deleted.
const BucketDeleted = "bucket deleted, its data is gone"

// Unknown is the value of every text field whose truth is not known.
const Unknown = "unknown"

// Alert is one incident in its latest state. All times are UTC and come from the events, except those of
// acknowledging and of resolving by hand.
type Alert struct {
	ID       string   `json:"id"`
	Revision uint64   `json:"revision"` // grows by one with every change told to anybody
	RuleID   string   `json:"rule_id"`
	Rules    []string `json:"rules,omitempty"` // every rule that contributed, in order of first match
	Title    string   `json:"title"`
	Summary  string   `json:"summary"` // one sentence: what is possible for whom, who did it, when, by which call
	Why      string   `json:"why,omitempty"`
	Do       string   `json:"do,omitempty"`
	Status   Status   `json:"status"`
	Severity Severity `json:"severity"`
	Score    int      `json:"score"` // 0..100, the sum of Factors within the floors and caps
	Factors  []Factor `json:"factors"`
	// Counterfactual says what the score would be without its strongest factor of context; empty if none.
	Counterfactual string `json:"counterfactual,omitempty"`
	Attempt        bool   `json:"attempt"`

	AccountID   string        `json:"account_id"`
	AccountName string        `json:"account_name,omitempty"`
	Region      string        `json:"region"`
	Bucket      string        `json:"bucket"` // the first one; empty for an account-wide alert
	Buckets     []BucketState `json:"buckets,omitempty"`
	Resource    string        `json:"resource"`            // ARN or name
	Resources   []string      `json:"resources,omitempty"` // all of them, where they are several and no buckets
	Sensitivity *Sensitivity  `json:"sensitivity,omitempty"`
	Actor       Actor         `json:"actor"`
	Source      Source        `json:"source"`
	Exposure    *Exposure     `json:"exposure,omitempty"`

	EventIDs          []string   `json:"event_ids"`                     // events that raised or worsened it
	ResolvingEventIDs []string   `json:"resolving_event_ids,omitempty"` // events that closed it
	EventName         string     `json:"event_name"`                    // of the event that raised it
	ErrorCode         string     `json:"error_code,omitempty"`
	EventTime         time.Time  `json:"event_time"` // of the event that raised it
	FirstSeen         time.Time  `json:"first_seen"`
	LastSeen          time.Time  `json:"last_seen"`
	AcknowledgedAt    *time.Time `json:"acknowledged_at,omitempty"`
	AcknowledgedBy    string     `json:"acknowledged_by,omitempty"`
	// Repages is how often it became worse after it was acknowledged, each of which pages anew.
	Repages        int        `json:"repages,omitempty"`
	ResolvedAt     *time.Time `json:"resolved_at"`
	ResolvedBy     *string    `json:"resolved_by"`
	ResolvedReason *string    `json:"resolved_reason"`
	// Suppression says why nobody is paged; it stays with an alert that was resolved meanwhile.
	Suppression *Suppression `json:"suppression,omitempty"`
	// SilencedBy are the ids of all silences that ever hid it.
	SilencedBy []string `json:"silenced_by,omitempty"`

	Timeline []Moment `json:"timeline"`
	Updates  []Update `json:"updates,omitempty"`
	// Forgotten is how many updates after the first are not listed any more.
	Forgotten   int      `json:"updates_forgotten,omitempty"`
	Techniques  []string `json:"techniques"` // MITRE ATT&CK ids
	Controls    []string `json:"controls"`   // CIS and NIST 800-53 ids
	Remediation []string `json:"remediation"`
	// RemediationNotes say what the commands of Remediation do and what they stop besides, in sentences.
	RemediationNotes []string `json:"remediation_notes,omitempty"`
	// Receivers are the names of all that were ever to be told of it.
	Receivers []string `json:"receivers,omitempty"`
	// More is how many further matches of the rule are counted in it without being listed.
	More int `json:"more,omitempty"`
	// Flapping counts how often one actor opened the same resource within an hour; nil of most alerts.
	Flapping *Flapping `json:"flapping,omitempty"`
	// Story is what the alert is a part of; nil of alerts stored by an earlier program.
	Story *StoryRef `json:"story,omitempty"`
}

// Flapping is what is kept of an alert whose resource is opened and closed again and again. Its status follows the
// resource at once; its page does not.
type Flapping struct {
	Opened int       `json:"opened"` // times, the alert before this one included
	Latest time.Time `json:"latest"` // event time of the latest opening
	// Rings is set once the latest opening is one to page for: worse than any before, by another actor, or open for 5 minutes.
	Rings bool `json:"rings,omitempty"`
	// Quiet is set once the resource has been closed for 15 minutes.
	Quiet bool `json:"quiet,omitempty"`
}

// Quiet reports whether an alert is suppressed, or was when it was resolved: who was not told of it need not be.
func (a *Alert) Quiet() bool {
	return a.Status == Suppressed || a.Suppression != nil && a.Status == Resolved
}

// QuietFor reports whether a receiver that knows nothing of the alert need not be told: it is quiet, and no route shows
// it to the receiver nevertheless.
func (a *Alert) QuietFor(receiver string) bool {
	return a.Quiet() && (a.Suppression == nil || !slices.Contains(a.Suppression.ShownTo, receiver))
}

// The kinds of Suppression.
const (
	ByExpected = "expected change"
	BySilence  = "silence"
)

// Suppression is why an alert is recorded but pages nobody.
type Suppression struct {
	Kind   string    `json:"kind"` // ByExpected or BySilence
	ID     string    `json:"id"`   // the silence's id, or the change's ticket
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Until  time.Time `json:"until"` // still open then, the alert is live again
	// ShownTo are the receivers whose routes show suppressed alerts.
	ShownTo []string `json:"shown_to,omitempty"`
}

// Factor is one named summand of a score.
type Factor struct {
	Name   string `json:"name"`
	Points int    `json:"points"`
	Detail string `json:"detail"` // one sentence a person understands
}

// Actor is who made the call.
type Actor struct {
	ARN     string `json:"arn"`
	Type    string `json:"type"`    // userIdentity.type, or "unknown"
	Name    string `json:"name"`    // user or role name, service host, or "root"
	Session string `json:"session"` // role session name; the person behind SSO and federated roles
	Issuer  string `json:"issuer"`  // ARN of the role behind a session
}

// Source is where the call came from.
type Source struct {
	IP          string `json:"ip"`      // address, service host or "AWS Internal", as recorded
	Country     string `json:"country"` // ISO 3166-1 alpha-2
	City        string `json:"city"`
	ASN         uint32 `json:"asn"` // 0: unknown
	Org         string `json:"org"`
	Network     string `json:"network"` // vpn, tor, hosting, corporate, aws, isp or unknown
	NetworkName string `json:"network_name,omitempty"`
	UserAgent   string `json:"user_agent"`
	// Sources says where each fact came from ("country: GeoLite2-City of 2026-11-01"); Missing which data was absent or stale.
	Sources []string `json:"sources,omitempty"`
	Missing []string `json:"missing,omitempty"`
}

// Exposure says who could reach the resource before and after.
type Exposure struct {
	Before string `json:"before"` // private, latent, shared, public or unknown
	After  string `json:"after"`
	// Widest is the most open state it was in, as After has them, and WidestSince is from when on.
	Widest      string    `json:"widest,omitempty"`
	WidestSince time.Time `json:"widest_since,omitzero"`

	Attempted  string   `json:"attempted,omitempty"` // what a refused call would have opened
	Reach      string   `json:"reach"`               // internet, any-aws, any-vpc, org, account, vpc, ip-range, cross-account, service or none
	Scope      string   `json:"scope"`               // bucket, object, account or access-point
	Grant      string   `json:"grant,omitempty"`     // "AllUsers READ"
	Blocks     []string `json:"blocks,omitempty"`    // what still stops it
	Unseen     []string `json:"unseen,omitempty"`    // what could still block it, and was not seen yet
	Confidence string   `json:"confidence"`          // confirmed or unconfirmed
	Reasons    []string `json:"reasons"`
}

// BucketState is one bucket, or one object or access point of it, of an alert that may be over several.
type BucketState struct {
	Bucket     string     `json:"bucket"`
	Resource   string     `json:"resource,omitempty"` // ARN
	Before     string     `json:"before"`
	After      string     `json:"after"`
	Reach      string     `json:"reach,omitempty"`
	OpenedAt   time.Time  `json:"opened_at"`
	ResolvedAt *time.Time `json:"resolved_at"`
}

// Sensitivity is how much the bucket's name and settings speak for secrets inside.
type Sensitivity struct {
	Points  int      `json:"points"` // 0..100
	Reasons []string `json:"reasons"`
}

// Moment is one event of the actor's timeline.
type Moment struct {
	Time   time.Time `json:"time"`
	Name   string    `json:"name"`
	Bucket string    `json:"bucket"`
	Error  string    `json:"error"`
	IP     string    `json:"ip,omitempty"`
	First  []string  `json:"first,omitempty"` // what was seen for the first time: "call", "country", …
}

// Update is one later change of an alert, in the order it was applied.
type Update struct {
	Time    time.Time `json:"time"` // event time
	EventID string    `json:"event_id,omitempty"`
	Kind    string    `json:"kind"` // opened, grew, half-closed, resolved, acknowledged, escalated, reminded, …
	Text    string    `json:"text"`
}

// UpdateCount is the sequence number of the latest update: how many there were, those forgotten included.
func (a *Alert) UpdateCount() int { return len(a.Updates) + a.Forgotten }

// UpdatesAfter gives the updates that came after the one with sequence number n, as far as they are still listed.
func (a *Alert) UpdatesAfter(n int) []Update {
	fresh := max(a.UpdateCount()-n, 0)
	if n > 0 && fresh >= len(a.Updates) && fresh > 0 { // the first is known, and some of the others are forgotten
		return a.Updates[1:]
	}
	return a.Updates[len(a.Updates)-min(fresh, len(a.Updates)):]
}
