package notify

import (
	"context"
	"time"
)

// Action is what a person can ask for on the message of an alert.
type Action string

// The actions.
const (
	Acknowledge   Action = "acknowledge"
	Resolve       Action = "resolve"
	Silence       Action = "silence"        // alerts like it, for a while
	Expected      Action = "expected"       // this one is an expected change, for a while
	FalsePositive Action = "false-positive" // resolves it
)

// Deed is a person's wish.
type Deed struct {
	AlertID string
	Action  Action
	By      string        // who, for people to read
	Reason  string        // of Expected and FalsePositive
	For     time.Duration // of Silence and Expected
	At      time.Time     // when it was asked for, if the asking says so; the same deed again has the same time
}

// Hands carries out what people ask for. It returns nil once that is stored; the error is told to whoever asked.
type Hands interface {
	Do(ctx context.Context, d Deed) error
	// Told names the receivers that were told of an alert.
	Told(ctx context.Context, alertID string) ([]string, error)
}
