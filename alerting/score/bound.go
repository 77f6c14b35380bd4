package score

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// twoSteps is how far context may lower a severity.
const twoSteps = 2

// bound is a least severity and its reason.
type bound struct {
	severity alert.Severity
	why      string
}

// bound is the highest of the severities that context cannot undo. Those of grants keep a deed from sinking below
// them, and never lift it above what it is by itself; those that a factor carries may lift it.
//
//   - Public write or takeover is never below high.
//   - A successful public grant is never below low, nor one to an address range or an uncertain party.
//   - A grant to a foreign account or organization is never below medium.
//   - Sensitive and public is never below high (carried by the bucket's name).
//   - A machine that moved is never below high, root from a new country never below critical (carried likewise).
//   - Context lowers by two steps at most, and no alert below low, unless a declared principal did the expected.
func (c Config) bound(in Input, deed alert.Severity, context []factor) bound {
	b := bound{alert.Info, "a score begins at 0"}
	raise := func(to alert.Severity, why string) {
		if to > b.severity {
			b = bound{to, why}
		}
	}
	for _, f := range context {
		raise(f.floor, f.why)
	}
	grant := in.Grant
	switch {
	case grant.Reach == "" || grant.Own:
	case grant.Reach.Public() && grant.Access.rank() >= Write.rank():
		raise(min(alert.High, deed), "minimum for public write access: high")
	case grant.Reach.Public():
		raise(min(alert.Low, deed), "minimum for a public grant: low")
	case grant.Reach == "cross-account" || grant.Reach == "org":
		raise(min(alert.Medium, deed), "minimum for an external grant: medium")
	default:
		raise(min(alert.Low, deed), "a grant is never below low")
	}
	if deed > twoSteps {
		raise(deed-twoSteps, "context lowers severity by at most two levels")
	}
	expected := slices.ContainsFunc(context, func(f factor) bool { return f.Name == automationExpectedFactor })
	if !expected {
		raise(min(alert.Low, deed), "context alone never suppresses an alert")
	}
	return b
}
