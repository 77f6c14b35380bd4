package incident

import (
	"cmp"
	"fmt"
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
	// Proofs are the callers from outside that were let in, and Proven is set where nothing else tells that it is open.
	Proofs []Proof `json:"proofs,omitempty"`
	Proven bool    `json:"proven,omitempty"`
	// Gates are the guards taken away and not put back yet: "bucket IgnorePublicAcls".
	Gates []string `json:"gates,omitempty"`
	// Look is what S3 last said of the bucket that was news, and Looked is when.
	Look   *Look     `json:"look,omitempty"`
	Looked time.Time `json:"looked,omitzero"`
	// SharedBefore are the grants to named others that were in effect before the incident.
	SharedBefore []string `json:"shared_before,omitempty"`
	// Says is what is possible now, in a sentence; Said is the same in the past tense, for when it is over.
	Says string `json:"says,omitempty"`
	Said string `json:"said,omitempty"`
	// Grant names the grants in effect, and Severity is that of the worst, by the ladder.
	Grant    string         `json:"grant,omitempty"`
	Severity alert.Severity `json:"severity,omitempty"`
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
		*p = Part{Resource: p.Resource, Bucket: p.Bucket, Look: p.Look, Looked: p.Looked}
	}
	share := change.Class() == exposure.ShareClass
	if !p.Open {
		p.SharedBefore = change.SharedBefore
	}
	p.Open = p.Open || share || opens(change.Kind)
	p.Shared = p.Shared || share
	p.Proven = p.Proven && (change.Proof != "" || !opens(change.Kind))
	for _, gate := range change.Gates {
		p.Gates = appendNew(p.Gates, gate)
	}
	c.opened(i, change)
	i.Alert.Buckets[n].ResolvedAt = nil
	i.update(n, change)
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
// no way in of that kind is left, whatever blocks are still off; where only blocks were removed, when all of them are
// back; where a grant is blocked, when the grant is gone or one more block stops it. What opens something ends nothing
// but what is told elsewhere from then on.
func (c *changes) closes(i *Incident, change *exposure.Change) bool {
	n := i.part(change.Resource)
	switch {
	case change.Superseded != nil && (n < 0 || !i.Parts[n].Open):
		return false
	case n < 0 || change.EventName == "DeleteBucket" && change.Superseded == nil:
		return change.Closes && !opens(change.Kind)
	}
	p, after := &i.Parts[n], exposure.State(i.Alert.Buckets[n].After)
	switch {
	case p.Proven:
		return p.shut(change)
	case !p.Open && after == exposure.Latent && change.Now == exposure.Public:
		return !slices.Contains(c.touched, i)
	case i.Share && p.Open:
		return len(change.Shared()) == 0 && (change.Now == exposure.Private || change.Now == exposure.Latent)
	case change.Kind == exposure.Opened, change.Kind == exposure.Widened,
		change.Kind == exposure.Unclear, change.Kind == exposure.Slept, change.Kind == exposure.Weakened:
		return false
	case p.Open:
		return change.Closes && !(p.Shared && change.Shares) && (change.Kind != exposure.Unchanged || after == exposure.Public)
	case after == exposure.Latent:
		return change.Now == exposure.Private || change.Now == exposure.Shared || c.blocked(change)
	default:
		missing := slices.ContainsFunc(p.Gates, func(gate string) bool { return !slices.Contains(change.Restored, gate) })
		return !missing && len(change.Restored) > 0
	}
}

// blocked reports whether the event put a block in force that stops the public grants of the resource.
func (c *changes) blocked(change *exposure.Change) bool {
	return change.Now == exposure.Latent && slices.ContainsFunc(c.ev.Changes[0].Restored, func(gate string) bool { return slices.Contains(change.Blocks, gate) })
}

// class is what the incident is about.
func (i *Incident) class() exposure.Class {
	if i.Share {
		return exposure.ShareClass
	}
	return exposure.OpenClass
}

// sharesOnly reports whether an incident of a time when the two were not told apart is about shares alone.
func (i *Incident) sharesOnly() bool {
	return len(i.Parts) > 0 && (i.Alert.Exposure == nil || i.Alert.Exposure.Widest != string(exposure.Public)) &&
		!slices.ContainsFunc(i.Parts, func(p Part) bool { return !p.Shared })
}

// update brings a part up to what a change leaves of it.
func (i *Incident) update(n int, change *exposure.Change) {
	p, state, class := &i.Parts[n], &i.Alert.Buckets[n], i.class()
	state.After, state.Reach = string(change.Now), string(change.ReachNow(class))
	if i.Share && change.Now == exposure.Public {
		state.After = string(exposure.Shared)
	}
	if grants := change.Grants(class); grants != "" {
		p.Grant, p.Severity = grants, change.SeverityNow(class)
	}
	switch text := change.Sentence(class); {
	case !p.Open && len(p.Gates) > 0 && (text == "" || change.Kind == exposure.Weakened):
		p.Says = change.TurnedOff(p.Gates)
		p.Said = p.Says
	case text != "":
		p.Says, p.Said = text, change.Past(class)
	}
}

// describe brings what the alert says up to what is true now: of the worst of the resources that are open still, or, once
// none is, of all of them. What it was at its widest is remembered.
func (i *Incident) describe(change *exposure.Change) {
	e := i.Alert.Exposure
	if e == nil || len(i.Parts) == 0 {
		return
	}
	worst := i.worst()
	state := &i.Alert.Buckets[worst]
	e.After, e.Reach = state.After, state.Reach
	if grant := i.Parts[worst].Grant; grant != "" {
		e.Grant = grant
	}
	if change.Resource == i.Alert.Resource && change.Scope != exposure.AccountScope {
		e.Blocks, e.Unseen = change.Blocks, change.Unseen
	}
	if stateRank(e.After) > stateRank(e.Widest) {
		e.Widest, e.WidestSince = e.After, change.At.UTC()
	}
	i.say(worst)
}

// worst is the index of the worst resource: of those still open, else of all.
func (i *Incident) worst() int {
	worst := 0
	for n := range i.Parts {
		if i.worse(n, worst) {
			worst = n
		}
	}
	return worst
}

func (i *Incident) worse(n, m int) bool {
	p, q, s, t := &i.Parts[n], &i.Parts[m], &i.Alert.Buckets[n], &i.Alert.Buckets[m]
	switch {
	case p.Closed != q.Closed:
		return !p.Closed
	case stateRank(s.After) != stateRank(t.After):
		return stateRank(s.After) > stateRank(t.After)
	case p.Severity != q.Severity:
		return p.Severity > q.Severity
	default:
		return exposure.Reach(s.Reach).Wider(exposure.Reach(t.Reach))
	}
}

// say puts the sentence on the worst resource where the alert speaks, with the names of the others.
func (i *Incident) say(worst int) {
	a, p := &i.Alert, &i.Parts[worst]
	text := p.Says
	if p.Closed {
		text = p.Said
	}
	if text == "" || len(a.Factors) == 0 || i.Deed && !p.Open {
		return
	}
	var others []string
	named := map[string]bool{}
	for n := range i.Parts {
		switch q := &i.Parts[n]; {
		case n == worst || q.Closed != p.Closed:
		case q.Bucket == p.Bucket && p.Open && !q.Open: // only that blocks are off
		case q.Resource == a.Resource && q.Says != "" && !p.Closed:
			text += " " + q.Says
		default:
			name := cmp.Or(q.Bucket, q.Resource)
			if q.Bucket == p.Bucket {
				name = q.beside()
			}
			if !named[name] {
				named[name] = true
				others = append(others, name)
			}
		}
	}
	const most = 3
	if more := len(others) - most; more > 0 {
		others = append(others[:most], fmt.Sprintf("%d more", more))
	}
	if len(others) > 0 {
		text += " Also affected: " + strings.Join(others, ", ") + "."
	}
	a.Factors = slices.Clone(a.Factors)
	a.Factors[0].Detail = text
	a.Summary = text + " " + i.Call
}

// beside names a resource of the bucket that the sentence speaks of: "object k", "access point p", "bucket b".
func (p *Part) beside() string {
	const longest = 100 // bytes of an object's name
	if p.Bucket == "" {
		return p.Resource
	}
	_, key, found := strings.Cut(p.Resource, ":::"+p.Bucket+"/")
	switch {
	case found && len(key) > longest:
		return "object " + strings.ToValidUTF8(key[:longest/2], "") + "…" + strings.ToValidUTF8(key[len(key)-longest/2:], "")
	case found:
		return "object " + key
	case strings.HasSuffix(p.Resource, ":::"+p.Bucket):
		return "bucket " + p.Bucket
	default:
		_, name, _ := strings.Cut(p.Resource, ":accesspoint/")
		return "access point " + cmp.Or(name, p.Resource)
	}
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

// renew takes back what people said of the incident: they said it of less. Whoever was paged is paged anew.
func (i *Incident) renew() {
	i.Word = nil
	if i.Alert.Status == alert.Acknowledged {
		i.Alert.Status = alert.Open
		i.Alert.Repages++
	}
}
