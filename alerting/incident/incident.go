// Package incident turns verdicts into incidents: one per exposure, from the first grant to the moment when every
// way in is closed, and one per deed that has no such end. It is pure bookkeeping: it is told of events and of
// people's words, changes the incidents they belong to, and names those it changed; storing and telling them is
// the caller's.
//
// # What belongs together
//
// An exposure belongs to its resource: whatever opens a bucket further while its incident is live makes that
// incident grow, whoever does it. What is public and what is shared with named others are incidents of their own, so
// that each ends when what it told is over. One actor opening several resources within minutes is one incident with a line
// for each, live until all are closed. Different actors are never folded into one. A refused call is an attempt
// and has an incident of its own. What opens again after it was closed is a new incident with a new id.
//
// # Time
//
// All times are event times. A late event is placed where it belongs: a grant that was revoked before anybody
// heard of it opens an incident that is already resolved. The same event twice changes nothing.
package incident

import (
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/alerting/story"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// Kind is what ends an incident.
type Kind string

// The kinds of incident.
const (
	Exposure Kind = "exposure" // ends when every resource of it is closed
	State    Kind = "state"    // ends when its rule's episode ends: logging is started again
	Deed     Kind = "deed"     // ends by a person's word
	Attempt  Kind = "attempt"  // a deed that was refused
)

const (
	// foldWindow is how long after its last event an actor's exposures are folded into one incident.
	foldWindow = 15 * time.Minute
	// deedWindow is the same for deeds; deedLimit is the longest an incident of deeds grows.
	deedWindow = time.Hour
	deedLimit  = 24 * time.Hour
	// maxEvents bounds the event ids an incident lists, and maxNames the bytes of the resources it names; other resources
	// begin a new one. What goes on about its own is told and no more listed.
	maxEvents = 1000
	maxNames  = 80 << 10
	// maxUpdates bounds the updates an incident remembers; the oldest but the first are forgotten.
	maxUpdates = 200
)

// Incident is an alert with what is needed to find what belongs to it. It is plain data, stored as JSON.
type Incident struct {
	Alert alert.Alert `json:"alert"`
	Kind  Kind        `json:"kind"`
	Actor string      `json:"actor"`           // key of the actor that opened it
	Group string      `json:"group,omitempty"` // of deeds, attempts and states: what later ones join by
	Calls []string    `json:"calls,omitempty"` // of deeds: ids of calls that a second account may record as well
	// Lasting is, of deeds, what they have left and no event has ended yet.
	Lasting []Lasting `json:"lasting,omitempty"`
	Parts   []Part    `json:"parts,omitempty"` // of exposures: the resources, as Alert.Buckets in order
	// Share is set on exposures that tell what is shared with named others; what is public is told in others.
	Share bool `json:"share,omitempty"`
	// Deed is set on exposures that speak of what lets nobody in by itself, such as a website.
	Deed bool `json:"deed,omitempty"`
	// Call says, of exposures, who made the call the alert speaks of, from where and when.
	Call string `json:"call,omitempty"`
	// Receivers are the names of all that were ever to be told of it: they hear of its end as well.
	Receivers []string `json:"receivers,omitempty"`
	// Origins are, of exposures, all ways in which a resource was opened.
	Origins []Origin `json:"origins,omitempty"`
	// Word is a person's word that it was expected; it holds until its end, or until it becomes more severe.
	Word *alert.Suppression `json:"word,omitempty"`
	// Remains is set once a person resolved it while somebody was still let in: it is followed, and people are reminded,
	// until an event closes what it tells.
	Remains bool `json:"remains,omitempty"`
	// Muted are the names of those who were not told of it only because they were muted.
	Muted []string `json:"muted,omitempty"`
	// Received is when the event that last changed it was received, Unix milliseconds; 0 in replay.
	Received int64 `json:"received,omitempty"`
	// Story is how it belongs to the story that Alert.Story names.
	Story story.Member `json:"story,omitzero"`
	// Told is when anybody was last told of it by the clock: for reminders.
	Told time.Time `json:"told,omitzero"`
}

// Public is the alert as people and programs see it.
func (i *Incident) Public() *alert.Alert {
	i.Alert.Receivers = i.Receivers
	return &i.Alert
}

// Event is one record, decoded, with everything that was concluded from it.
type Event struct {
	Record *cloudtrail.Record
	Actor  cloudtrail.Actor
	Facts  *enrich.Facts
	// Changes is what it did to the exposure of buckets: the change of its own resource first, then its effects on
	// the resources behind the gates it moved.
	Changes  []*exposure.Change
	Verdicts []Verdict
	Received int64          // Unix milliseconds; 0 in replay
	More     map[string]int // by rule, matches before this one that were only counted
}

// account is the account that a change is about: of an organization's policy one of those it applies to.
func (ev *Event) account(change *exposure.Change) string {
	if change != nil && change.Account != "" {
		return change.Account
	}
	return ev.Record.OwnerAccount()
}

// Verdict is a rule's hit with its score.
type Verdict struct {
	Rule   *detect.Rule
	Hit    *detect.Hit
	Change *exposure.Change // that the rule judged; nil for rules that judge records alone
	Score  score.Result
}
