package story

import (
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Steps are what an alert can be in a pattern of attack, a bit each.
type Steps uint32

// The steps of the known patterns.
const (
	Identity    Steps = 1 << iota // a user was created
	Rights                        // administrator access, or as much, was granted
	OwnRights                     // rights were granted to the actor itself
	Persistence                   // a key, password or other credential was made
	Refused                       // calls were denied, several
	Guessed                       // sign-ins failed, several
	SignedIn                      // a sign-in to the console that is told
	Weakened                      // what keeps the public out was turned off
	Opened                        // something was made public
	Read                          // data was read, much
	Deleted                       // data was deleted, much
	Note                          // a ransom note was left
)

// pattern is a chain of steps that together mean more than each: in this order where ordered is set.
type pattern struct {
	steps   []Steps
	ordered bool
}

// patterns are the chains that make a story one step more severe.
func patterns() []pattern {
	return []pattern{
		{steps: []Steps{Identity, Rights, Persistence}},
		{steps: []Steps{Refused, OwnRights}, ordered: true},
		{steps: []Steps{Read, Deleted, Note}},
		{steps: []Steps{Weakened, Opened, Read}, ordered: true},
		{steps: []Steps{Guessed, SignedIn}, ordered: true},
	}
}

// several is from how many events on refusals and failures are more than a mistake.
const several = 5

// StepsOf gives the steps that an alert stands for; own says that what was granted was granted to its actor.
func StepsOf(a *alert.Alert, own bool) Steps {
	var out Steps
	for _, rule := range append([]string{a.RuleID}, a.Rules...) {
		out |= step(rule, own)
	}
	tries := Refused | Guessed
	if !a.Attempt {
		return out &^ tries
	}
	if len(a.EventIDs) < several {
		return 0
	}
	return out & tries
}

func step(rule string, own bool) Steps {
	switch rule {
	case "iam-user-created":
		return Identity
	case "iam-admin-granted", "iam-policy-wide":
		if own {
			return Rights | OwnRights
		}
		return Rights
	case "iam-policy-changed", "iam-group-changed":
		if own {
			return OwnRights
		}
	case "iam-access-key-created", "iam-login-profile", "iam-credential-added", "root-access-key-created", "iam-role-trust-opened", "sts-federation-token":
		return Persistence
	case "iam-call-refused", "ec2-call-refused", "iam-principals-guessed":
		return Refused
	case "console-login-failed", "root-login-failed":
		return Guessed
	case "console-login-iam-user", "console-login-no-mfa", "root-used":
		return SignedIn
	case "s3-block-weakened", "s3-account-block-weakened", "s3-ownership-acls":
		return Weakened
	case "s3-public-acl", "s3-public-policy", "s3-object-public", "s3-access-point-public":
		return Opened
	case "s3-mass-read", "s3-anonymous-read":
		return Read
	case "s3-mass-delete", "s3-lifecycle-destroys":
		return Deleted
	case "s3-ransom-note":
		return Note
	}
	return 0
}

// completes reports whether the parts of a story have all steps of a pattern.
func completes(parts []Part) bool {
	return slices.ContainsFunc(patterns(), func(p pattern) bool {
		var after time.Time
		for _, step := range p.steps {
			at, found := earliest(parts, step, after)
			if !found {
				return false
			}
			if p.ordered {
				after = at
			}
		}
		return true
	})
}

// earliest is when a step was first taken, not before a time. A part that began earlier and went on counts from that time.
func earliest(parts []Part, step Steps, after time.Time) (at time.Time, found bool) {
	for i := range parts {
		p := &parts[i]
		if p.Steps&step == 0 || p.Last.Before(after) {
			continue
		}
		when := p.First
		if when.Before(after) {
			when = after
		}
		if !found || when.Before(at) {
			at, found = when, true
		}
	}
	return at, found
}
