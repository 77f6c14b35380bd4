package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// Why no call ends what a rule tells, for detect.Rule.NoEnd.
const (
	anAct      = "It tells of an act, which is over when it is told."
	goneForAll = "What was deleted does not come back by a call that names it."
	keptCopy   = "What was copied or read stays with whoever has it."
	misused    = "What was done with the access meanwhile stays done, so a person has to look."
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

// lasting names the states that a deed leaves, so that their end can be recognised.
func lasting(hit *detect.Hit, states ...string) *detect.Hit {
	if hit != nil && !hit.Attempt {
		hit.Lasts = states
	}
	return hit
}

// ended is the hit of a call that ended states which deeds had left; nil if the call failed, or ended none.
func ended(in *detect.Input, states ...string) *detect.Hit {
	if in.Record.Failed() || len(states) == 0 {
		return nil
	}
	return &detect.Hit{Lasts: states, Closes: true, Bucket: in.Record.Bucket(), Detail: who(in.Record) + " called " + in.Record.EventName + "."}
}

// lastingPolicy makes the hit on an open policy one of a state that lasts; a policy that is not open ends it. subject are the
// parameters that together name the resource.
func lastingPolicy(in *detect.Input, v exposure.Verdict, hit *detect.Hit, paths, subject []string) *detect.Hit {
	var state strings.Builder
	state.WriteString("policy/" + in.Record.EventSource)
	for _, name := range subject {
		if part := lastPart(strings.TrimSuffix(param(in, name), "/")); part != "" {
			state.WriteString("/" + part)
		}
	}
	switch {
	case hit != nil:
		return lasting(hit, state.String())
	case v.Error != "" || !replacesPolicy(in, paths):
		return nil
	default:
		return ended(in, state.String())
	}
}

// replacesPolicy reports whether a call took the policy of its resource away, or put another one in its place.
func replacesPolicy(in *detect.Input, paths []string) bool {
	if strings.HasPrefix(in.Record.EventName, "Delete") {
		return true
	}
	if name := param(in, "attributeName"); name != "" && name != "Policy" {
		return false
	}
	return slices.ContainsFunc(paths, func(path string) bool { return in.Record.RequestParameters.Get(strings.Split(path, ".")...).Exists() })
}
