package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/detect"
)

// Why no call ends what a rule tells, for detect.Rule.NoEnd.
const (
	anAct      = "It tells of an act, which is over when it is told."
	goneForAll = "What was deleted does not come back by a call that names it."
	keptCopy   = "What was copied or read stays with whoever has it."
	misused    = "What was done with the access meanwhile stays done, so a person has to look."
	unproven   = "No single call shows that the former state is back, so a person has to look."
)

// until makes what a verdict tells last until one of the calls is made on the same subject, the first present of the
// parameters. Every one of them ends it.
func until(v verdict, calls []string, subject ...string) verdict {
	return func(in *detect.Input) *detect.Hit {
		state := "state/" + lastPart(param(in, subject...))
		if bucket := param(in, "bucketName"); bucket != "" {
			state = "bucket/" + bucket + "/state"
		}
		if slices.ContainsFunc(calls, func(call string) bool { return strings.HasSuffix(call, "/"+in.Record.EventName) }) {
			return ended(in, state)
		}
		return lasting(v(in), state)
	}
}
