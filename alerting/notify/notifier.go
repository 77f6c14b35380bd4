package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Notifier brings alerts to one receiver. Its methods are called by one goroutine at a time.
type Notifier interface {
	// Tell takes the next step towards this receiver knowing the alert as it is, with at most one effect
	// outside, and returns what the receiver has now been told; the caller stores that, also when err is set,
	// and calls again until Told.Revision has reached the alert's. It gives up when ctx ends.
	//
	// A *PermanentError means that this alert will never be accepted, a *RetryAfterError that the service
	// named the time to wait; every other error is tried again after a growing pause. No error holds a secret.
	Tell(ctx context.Context, a *alert.Alert, told Told) (Told, error)
}

// Digester is a Notifier that can name many alerts in one message when its lane has grown long.
type Digester interface {
	Notifier
	// Most is how many alerts one message can name.
	Most() int
	// TellDigest is Tell for alerts that share one message: those of one Told.Digest, or, before the first
	// message, those that nothing has been told of. The slices run in parallel, and so does the result.
	TellDigest(ctx context.Context, alerts []*alert.Alert, told []Told) ([]Told, error)
}

// Checker is a Notifier that can see beforehand whether its credentials are good.
type Checker interface {
	// Check returns nil when the receiver could be told something now, as far as can be known without telling.
	Check(ctx context.Context) error
}

// Catcher is a Notifier that canaries come to.
type Catcher interface {
	Notifier
	// Catch takes in that a canary has come to the end of its way. The same may come twice. An error is of the store.
	Catch(ctx context.Context, id string) error
}

// Pager is a Notifier behind which people are paged.
type Pager interface {
	Notifier
	// Standing says where the page of an alert stands after what the receiver was told: "PagerDuty: triggered".
	Standing(told Told) string
}

// Shower is a Notifier whose message of an alert shows where the pages stand: Told.Standing, which Tell turns into
// Told.Stands.
type Shower interface {
	Notifier
	// ShowsStanding does nothing.
	ShowsStanding()
}

// Told is what one receiver has been told of one alert. The zero value is nothing. It is stored between any two
// steps. Which fields it needs is the notifier's affair; Revision and Attempting mean the same for all.
type Told struct {
	Revision uint64         `json:"revision"`           // of the alert: everything up to it has been told
	Status   alert.Status   `json:"status,omitempty"`   // last told
	Severity alert.Severity `json:"severity,omitempty"` // last told

	Channel  string   `json:"channel,omitempty"`   // Slack: where the message stands
	TS       string   `json:"ts,omitempty"`        // Slack: the message, and the thread_ts of its replies
	Shown    uint64   `json:"shown,omitempty"`     // Slack: revision that the message shows
	Plain    bool     `json:"plain,omitempty"`     // Slack: its blocks were refused, the message is text only
	Timeline bool     `json:"timeline,omitempty"`  // Slack: the thread holds the timeline
	Updates  int      `json:"updates,omitempty"`   // the sequence number of the last of the alert's updates that was told
	Members  int      `json:"members,omitempty"`   // Slack: how many of the alert's buckets or resources the thread names
	Fixed    bool     `json:"fixed,omitempty"`     // Slack: the message cannot be updated; changes are replies
	Digest   []string `json:"digest,omitempty"`    // ids of the alerts that share the message, in its order
	DedupKey string   `json:"dedup_key,omitempty"` // PagerDuty: of the latest page; without a Status it is about to be triggered
	Repages  int      `json:"repages,omitempty"`   // PagerDuty: of the alert, when that page was opened

	// Moved is the word for which the alert was moved to a new message, until all of it is told there, and Left is the message
	// before. Instead is the receiver that is told of the alert because this one refused it.
	Moved   string `json:"moved,omitempty"`
	Left    string `json:"left,omitempty"`
	Instead string `json:"instead,omitempty"`

	// Received is when the event came in of which the receiver was first told, and Took is how long that took.
	Received time.Time     `json:"received,omitzero"`
	Took     time.Duration `json:"took,omitempty"`
	// Stands is where the pages stand according to the message; Standing is where they stand.
	Stands   string `json:"stands,omitempty"`
	Standing string `json:"-"`

	// Attempting is when an effect that must not happen twice was announced; zero when none is under way.
	Attempting time.Time `json:"attempting,omitzero"`
	// Unsure reports that the announced effect may have happened: set by the lane for whatever it finds
	// announced in the store, and by a notifier whose call got no clear answer.
	Unsure bool `json:"-"`
}

// PermanentError is a refusal for good: the same alert will be refused again.
type PermanentError struct{ Err error }

// Error implements error.
func (e *PermanentError) Error() string { return fmt.Sprintf("refused for good: %v", e.Err) }

// Unwrap gives the refusal itself.
func (e *PermanentError) Unwrap() error { return e.Err }

// RetryAfterError is a service's wish to be left alone for After.
type RetryAfterError struct {
	After time.Duration
	Err   error
}

// Error implements error.
func (e *RetryAfterError) Error() string { return fmt.Sprintf("asked to wait %s: %v", e.After, e.Err) }

// Unwrap gives the cause.
func (e *RetryAfterError) Unwrap() error { return e.Err }

// CredentialError says that the receiver's own settings are refused: a token, a key, a channel. It is retried
// for ever, since a person will put it right, and until then the receiver is not ready.
type CredentialError struct{ Err error }

// Error implements error.
func (e *CredentialError) Error() string { return fmt.Sprintf("credentials refused: %v", e.Err) }

// Unwrap gives the refusal itself.
func (e *CredentialError) Unwrap() error { return e.Err }

// UntoldError says that a Check could not find out whether the receiver can be told: a right for that is missing. It can be
// told all the same, as far as is known.
type UntoldError struct{ Err error }

// Error implements error.
func (e *UntoldError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UntoldError) Unwrap() error { return e.Err }
