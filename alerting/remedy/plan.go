package remedy

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// State is everything known of one account and its buckets.
type State struct {
	Account *exposure.Account
	Buckets map[string]*exposure.Bucket
	Own     exposure.Own
}

// Target is a resource to close.
type Target struct {
	Scope  exposure.Scope
	Bucket string // empty for an account, and for an access point whose bucket was never seen
	Key    string // of the object or the access point, as the state keeps it
	// Share is set where it is named others who were let in, and not the public.
	Share bool
	// Unexplained is set where calls of the public were let in and no document that was seen says why.
	Unexplained bool
	// Since is when the exposure began: what was granted before it is left alone where it is a share. Zero: not known.
	Since time.Time
}

// TargetOf is the target that an alert names by its ARN: arn:aws:s3:::b, arn:aws:s3:::b/key, arn:aws:s3::111122223333:account
// or arn:aws:s3:eu-west-1:111122223333:accesspoint/name. ok is false for any other.
func TargetOf(arn, bucket string, since time.Time) (t Target, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "s3" {
		return Target{}, false
	}
	t = Target{Scope: exposure.BucketScope, Bucket: bucket, Since: since}
	region, resource := parts[3], parts[5]
	if point, found := strings.CutPrefix(resource, "accesspoint/"); found {
		t.Scope, t.Key = exposure.AccessPointScope, point
		if region != "" {
			t.Key = region + "/" + point
		}
		return t, true
	}
	if resource == "account" && parts[4] != "" {
		return Target{Scope: exposure.AccountScope, Since: since}, true
	}
	name, key, object := strings.Cut(resource, "/")
	t.Bucket = name
	if object {
		t.Scope, t.Key = exposure.ObjectScope, key
	}
	return t, name != ""
}

// Plan is what closes one target: calls in their order, and what they do, told by the evaluator.
type Plan struct {
	Target   Target
	Writes   []Write  // empty: no call closes it, and Warnings say why
	Effect   string   // "public read of b ends; role app keeps s3:GetObject; the website stops"
	Warnings []string // sentences
}

// Undoable reports whether all that the plan replaces is known, so that it can be put back.
func (p *Plan) Undoable() bool {
	return !slices.ContainsFunc(p.Writes, func(w Write) bool { return !w.Before.Known })
}

// Notes are sentences for people: what the plan does, and what it stops besides.
func (p *Plan) Notes() []string {
	var out []string
	for _, text := range append([]string{p.Effect}, p.Warnings...) {
		if text != "" {
			out = append(out, strings.ToUpper(text[:1])+text[1:]+".")
		}
	}
	return out
}

// Write is one call that sets one document.
type Write struct {
	Service string // s3 or s3control
	Call    string // as the API spells it: PutBucketPolicy
	Account string // owner, 12 digits; empty if not known, and then only of bucket and object calls
	Region  string // where the call has to go; empty: the bucket's own, wherever that is
	Bucket  string
	Point   string // name of the access point
	Object  string // key
	Version string // of the object; empty: the current one
	Before  Document
	After   Document
}

// Document is a policy as JSON text, an ACL as the members of PutBucketAcl's input, a Public Access Block
// configuration or ownership controls, all as JSON.
type Document struct {
	Known bool
	Text  string // empty: there is none
}

func known(text string) Document { return Document{Known: true, Text: text} }

// Close plans the closing of as many targets as most says: the account first, then buckets, then what is in them, each
// after what the plans before it leave open. What needs no call has no plan.
func Close(s State, targets []Target, most int) []Plan {
	if s.Account == nil {
		s.Account = &exposure.Account{}
	}
	order := []exposure.Scope{exposure.AccountScope, exposure.BucketScope, exposure.AccessPointScope, exposure.ObjectScope}
	targets = slices.Clone(targets)
	slices.SortStableFunc(targets, func(a, b Target) int { return slices.Index(order, a.Scope) - slices.Index(order, b.Scope) })
	buckets := map[string]*exposure.Bucket{}
	maps.Copy(buckets, s.Buckets)
	s.Buckets = buckets
	var plans []Plan
	for _, t := range targets[:min(len(targets), most)] {
		about := s.about(t)
		c := closing{state: about, target: t, now: about.resource(t).Now()}
		if !t.Since.IsZero() {
			c.was = about.resource(t).Before(t.Since)
		}
		plan := c.plan()
		if len(plan.Writes)+len(plan.Warnings) == 0 {
			continue
		}
		plans = append(plans, plan)
		after := Apply(about, plan)
		s.Account = after.Account
		if b := after.Buckets[t.Bucket]; b != nil {
			s.Buckets[t.Bucket] = b
		}
	}
	return plans
}

// about is what of the state matters for a target: of an account all of its buckets, else one.
func (s State) about(t Target) State {
	if t.Scope == exposure.AccountScope {
		return s
	}
	b := s.Buckets[t.Bucket]
	s.Buckets = map[string]*exposure.Bucket{}
	if b != nil {
		s.Buckets[t.Bucket] = b
	}
	return s
}

// resource is what the evaluator is asked about a target.
func (s State) resource(t Target) exposure.Resource {
	b := s.Buckets[t.Bucket]
	if b == nil {
		b = &exposure.Bucket{Name: t.Bucket}
	}
	return exposure.Resource{Bucket: b, Account: s.Account, Own: s.Own, Scope: t.Scope, Key: t.Key}
}

// account is the owner of a target, where that is an account id.
func (s State) account(t Target) string {
	id := s.Account.ID
	if b := s.Buckets[t.Bucket]; b != nil && b.Account != "" && t.Scope != exposure.AccessPointScope && t.Scope != exposure.AccountScope {
		id = b.Account
	}
	if len(id) != 12 || strings.Trim(id, "0123456789") != "" {
		return ""
	}
	return id
}
