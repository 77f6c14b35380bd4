package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// Part is one resource of an exposure.
type Part struct {
	Resource string `json:"resource"` // ARN
	Bucket   string `json:"bucket,omitempty"`
	Closed   bool   `json:"closed,omitempty"`
	// Open is set once somebody was let in; until then only what guards the resource was taken away.
	Open bool `json:"open,omitempty"`
	// Shared is set once that somebody was, or was as well, a named other, whom no Public Access Block keeps out.
	Shared bool `json:"shared,omitempty"`
	// Gates are the guards taken away and not put back yet: "bucket IgnorePublicAcls".
	Gates []string `json:"gates,omitempty"`
	// Look is what S3 last said of the bucket that was news, and Looked is when.
	Look   *Look     `json:"look,omitempty"`
	Looked time.Time `json:"looked,omitzero"`
}

// addPart notes a resource of an exposure, and what became of it.
func (c *changes) addPart(i *Incident, change *exposure.Change) {
	n := i.part(change.Resource)
	joins := n < 0 && len(i.Parts) > 0
	if n < 0 {
		n = len(i.Parts)
		i.Parts = append(i.Parts, Part{Resource: change.Resource, Bucket: change.Bucket})
		i.Alert.Buckets = append(i.Alert.Buckets, alert.BucketState{
			Bucket: change.Bucket, Resource: change.Resource, Before: string(change.Before), OpenedAt: c.ev.Record.EventTime,
		})
	}
	p := &i.Parts[n]
	if joins || p.Closed {
		i.renew() // nobody has spoken of this resource yet
	}
	if p.Closed { // what was the case before counts no more
		p.Closed, p.Open, p.Shared, p.Gates = false, false, false, nil
	}
	p.Open = p.Open || opens(change.Kind)
	p.Shared = p.Shared || change.Kind == exposure.SharedOut || opens(change.Kind) && change.Shares && change.Before != exposure.Shared
	for _, gate := range change.Gates {
		p.Gates = appendNew(p.Gates, gate)
	}
	c.opened(i, change)
	state := &i.Alert.Buckets[n]
	state.After, state.Reach, state.ResolvedAt = string(change.Now), string(change.Reach), nil
}

// part is the index of a resource among the incident's; -1 if it is none of them.
func (i *Incident) part(resource string) int {
	return slices.IndexFunc(i.Parts, func(p Part) bool { return p.Resource == resource })
}

// opens reports whether a change of that kind lets somebody in, or may.
func opens(kind exposure.Kind) bool {
	switch kind {
	case exposure.Opened, exposure.Widened, exposure.SharedOut, exposure.Unclear:
		return true
	default:
		return false
	}
}

// restore notes which guards a change put back.
func (i *Incident) restore(change *exposure.Change) {
	if n := i.part(change.Resource); n >= 0 && change.Superseded == nil {
		p := &i.Parts[n]
		p.Gates = slices.DeleteFunc(p.Gates, func(gate string) bool { return slices.Contains(change.Restored, gate) })
	}
}

// closes reports whether the change ends the incident's hold on its resource. Where somebody was let in, it ends when
// no way in is left, whatever guards are still off; where only guards were taken away, when all of them are back; where
// a grant sleeps behind a gate, when the grant is gone. What opens something ends nothing.
func (i *Incident) closes(change *exposure.Change) bool {
	n := i.part(change.Resource)
	switch {
	case change.Superseded != nil && (n < 0 || !i.Parts[n].Open), opens(change.Kind) || change.Kind == exposure.Slept || change.Kind == exposure.Weakened:
		return false
	case n < 0 || change.EventName == "DeleteBucket" && change.Superseded == nil:
		return change.Closes
	}
	p := &i.Parts[n]
	switch {
	case p.Open:
		return change.Closes && !(p.Shared && change.Shares) && (change.Kind != exposure.Unchanged || i.Alert.Buckets[n].After == string(exposure.Public))
	case i.Alert.Buckets[n].After == string(exposure.Latent):
		return change.Now == exposure.Private
	default:
		missing := slices.ContainsFunc(p.Gates, func(gate string) bool { return !slices.Contains(change.Restored, gate) })
		return !missing && len(change.Restored) > 0
	}
}

// describe brings the alert's exposure up to what is true now: the worst of the resources that are open still, or, once
// none is, of all of them. What it was at its widest is remembered.
func (i *Incident) describe(change *exposure.Change) {
	e := i.Alert.Exposure
	if e == nil || len(i.Parts) == 0 {
		return
	}
	over := !slices.ContainsFunc(i.Parts, func(p Part) bool { return !p.Closed })
	e.After, e.Reach = string(exposure.Private), string(exposure.Nobody)
	for n, p := range i.Parts {
		state := &i.Alert.Buckets[n]
		if (over || !p.Closed) && stateRank(state.After) > stateRank(e.After) {
			e.After, e.Reach = state.After, state.Reach
		}
	}
	if change.Resource == i.Alert.Resource && change.Scope != exposure.AccountScope {
		e.Blocks, e.Unseen = change.Blocks, change.Unseen
		if open := openGrants(change); open != "" {
			e.Grant = open
		}
	}
	if stateRank(e.After) > stateRank(e.Widest) {
		e.Widest, e.WidestSince = e.After, change.At.UTC()
	}
}

// openGrants names all that lets somebody in after a change that leaves something open: "AllUsers READ, * s3:GetObject".
func openGrants(change *exposure.Change) string {
	const most = 4
	var names []string
	for _, g := range change.Verdict.Grants {
		if g.Live == exposure.No || !g.Public && !g.Foreign || change.Attempted != "" || change.Superseded != nil {
			continue
		}
		if len(names) == most {
			names = append(names, "…")
			break
		}
		names = appendNew(names, g.Name)
	}
	return strings.Join(names, ", ")
}

// stateRank orders states, the least open first.
func stateRank(state string) int {
	return slices.Index([]string{string(exposure.Private), string(exposure.Latent), string(exposure.Shared), string(exposure.Unknown), string(exposure.Public)}, state)
}

// full reports whether other resources have to begin a new incident: everything of this one is stored anew with every
// event of it.
func (i *Incident) full() bool {
	size := 0
	for _, b := range i.Alert.Buckets {
		size += spelled(b.Resource)
	}
	for _, r := range i.Alert.Resources {
		size += spelled(r)
	}
	return len(i.Alert.EventIDs) >= maxEvents || size >= maxNames
}

// spelled is about how many bytes a text takes in JSON.
func spelled(text string) int {
	size := len(text)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '<' || c == '>' || c == '&' {
			size += len(`u003c`)
		}
	}
	return size
}

// renew takes back what people said of the incident: they said it of less.
func (i *Incident) renew() {
	i.Word = nil
	if i.Alert.Status == alert.Acknowledged {
		i.Alert.Status = alert.Open
	}
}
