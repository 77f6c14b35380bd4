package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// undo says which calls end what some calls leave.
type undo struct {
	by []string // names of calls that leave it: "DisableAlarmActions"
	// over are the names of the calls that end it.
	over []string
	// of are the paths that together name what it is of, each with alternatives: "policyArn|policy.arn". They lead into the
	// request parameters, or else the response elements; "items[].id" leads into each element of a list. Without any it is of the
	// Region.
	of []string
	// when tells, of a call in over, whether it does; nil if it always does.
	when func(in *detect.Input) bool
	// told says that the calls in over are something to tell themselves.
	told bool
}

// undone makes what a verdict tells last until a call undoes it, as the list says. What no entry names does not end by calls.
// The verdict is asked for the calls in by,
// for those that are told, and for those of which the list says nothing.
func undone(v verdict, list ...undo) verdict {
	return func(in *detect.Input) *detect.Hit {
		name := in.Record.EventName
		var begun, over []string
		tells, ends := false, false
		for _, u := range list {
			if slices.Contains(u.by, name) {
				tells, begun = true, append(begun, u.states(in)...)
			}
			if !slices.Contains(u.over, name) {
				continue
			}
			tells, ends = tells || u.told, true
			if u.when == nil || u.when(in) {
				over = append(over, u.states(in)...)
			}
		}
		if ends && !tells {
			return ended(in, over...)
		}
		hit := v(in)
		switch {
		case hit == nil:
			return ended(in, over...)
		case hit.Attempt || in.Record.Failed():
			return hit
		}
		hit.Undoes = slices.DeleteFunc(over, func(state string) bool { return slices.Contains(begun, state) })
		return lasting(hit, begun...)
	}
}

// states names what the record is about; none if it does not say.
func (u *undo) states(in *detect.Input) []string {
	states := []string{u.by[0] + "/" + in.Record.Region}
	if bucket := in.Record.Bucket(); bucket != "" {
		states = []string{"bucket/" + bucket + "/" + u.by[0]}
	}
	for _, paths := range u.of {
		var longer []string
		for _, part := range named(in, paths) {
			for _, state := range states {
				longer = append(longer, state+"/"+part)
			}
		}
		states = longer
	}
	return states
}

// named is what stands at the first of the paths that leads anywhere; of ARNs the last part.
func named(in *detect.Input, paths string) []string {
	for _, root := range []cloudtrail.Value{in.Record.RequestParameters, in.Record.ResponseElements} {
		for path := range strings.SplitSeq(paths, "|") {
			if out := textsAt(root, path); len(out) > 0 {
				return out
			}
		}
	}
	return nil
}

func textsAt(v cloudtrail.Value, path string) []string {
	list, rest, each := strings.Cut(path, "[].")
	v = v.Get(strings.Split(list, ".")...)
	var out []string
	if each {
		for _, element := range v.List() {
			out = append(out, textsAt(element, rest)...)
		}
		return out
	}
	for _, text := range v.Texts() {
		if strings.HasPrefix(text, "arn:") {
			text = lastPart(text)
		}
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}

// says tells of a call whether a request parameter has one of the values.
func says(name string, values ...string) func(in *detect.Input) bool {
	return func(in *detect.Input) bool {
		return slices.ContainsFunc(values, func(value string) bool { return strings.EqualFold(param(in, name), value) })
	}
}
