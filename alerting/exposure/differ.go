package exposure

import (
	"cmp"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// differ compares the moments just before and just after one record.
type differ struct {
	*writer
	scope  Scope
	key    string // of the object or the access point, in the state of its bucket or account
	effect bool   // the record is about something wider, and the question is what it means for one resource behind it
	// present asks what is different now because of the record, rather than what was at its time.
	present bool

	at            moment // after the record
	before, after view
}

func (d *differ) moment(after bool) moment {
	return moment{b: d.b, a: d.a, mark: d.mark, after: after, own: d.own}
}

// view is the view of what the record is about.
func (d *differ) view(m moment) view {
	switch d.scope {
	case ObjectScope:
		return m.object(d.key)
	case AccessPointScope:
		return m.point(d.key)
	case AccountScope:
		return view{verdict: verdictOf(nil, nil), state: Unknown, confidence: Unconfirmed}
	default:
		return m.bucket()
	}
}

// between tells the difference between two moments.
func (d *differ) between(before, after moment) Change {
	d.at, d.before, d.after = after, d.view(before), d.view(after)
	if d.makes() && !d.present {
		d.before = view{verdict: verdictOf(nil, nil), state: Private, confidence: Confirmed}
	}
	c := d.base()
	gates := d.gates()
	c.Gates, c.Restored = gates.removed, gates.restored
	fresh := d.fresh()
	c.Kind, c.fresh = d.kind(c, fresh, gates.unread), fresh
	if c.Kind == Opened && (len(c.Gates) > 0 || d.effect) {
		for _, g := range fresh {
			c.Woken = append(c.Woken, g.Name)
		}
	}
	c.Severity = d.severity(c, fresh)
	if c.Kind == Weakened {
		c.inForce = d.inForce(c.Gates)
	}
	if len(fresh) == 0 && c.Remains {
		fresh = c.Left
	}
	if len(fresh) > 0 {
		c.Grant, c.Access, c.Reach = fresh[0].Name, fresh[0].Access, widest(fresh)
	}
	c.OwnGrant = d.freshOwn()
	if c.After == Public && c.Confidence == Unconfirmed {
		c.Unseen = d.unseen()
	}
	c.Reasons = d.reasons(c, fresh)
	return c
}

// makes reports whether the record made the bucket.
func (d *differ) makes() bool {
	e, ok := d.b.Exists.At(d.mark)
	return ok && e.Mark == d.mark && e.Value
}

// base is the change without its kind.
func (d *differ) base() Change {
	website, _ := at(d.moment(true), d.b.Website, Mark{})
	now := d.view(newest(d.b, d.a, d.own))
	c := Change{
		Mark: d.mark, Scope: d.scope, EventName: d.rec.EventName, Bucket: cmp.Or(d.b.Name, d.rec.Bucket()),
		Account: cmp.Or(d.a.ID, d.rec.OwnerAccount(), d.b.Account),
		Before:  d.before.state, After: d.after.state, Confidence: d.after.confidence, Verdict: d.after.verdict,
		Reach: d.after.verdict.Reach, Access: d.after.verdict.Access, Blocks: d.after.blocks, Website: website.Value,
		Closes: !d.after.holds && d.after.verdict.Error == "" && !now.holds && d.scope != AccountScope,
		Shares: d.after.shares || now.shares,
		Now:    now.state, Left: now.working(),
	}
	before := Change{Left: d.before.working(), Scope: d.scope}
	c.SharedBefore = before.Shared()
	c.Remains = d.before.holds && !d.after.holds && !now.holds && len(c.Shared()) > 0
	if !d.rec.Failed() {
		c.shut = d.shut()
	}
	switch d.scope {
	case ObjectScope:
		c.Object = d.key
	case AccessPointScope:
		_, c.Point = placeOf(d.key)
		if p := d.a.AccessPoints[d.key]; p != nil {
			bucket, _ := p.Bucket.Latest()
			c.Bucket = cmp.Or(bucket.Value, c.Bucket)
		}
	case AccountScope:
		c.Bucket = ""
	}
	c.Resource = d.resource(c)
	return c
}

func (d *differ) resource(c Change) string {
	partition := cmp.Or(d.b.Partition, d.rec.Partition(), "aws")
	switch c.Scope {
	case AccountScope:
		return "arn:" + partition + ":s3::" + c.Account + ":account"
	case AccessPointScope:
		region, _ := placeOf(d.key)
		return "arn:" + partition + ":s3:" + region + ":" + c.Account + ":accesspoint/" + c.Point
	case ObjectScope:
		return "arn:" + partition + ":s3:::" + c.Bucket + "/" + c.Object
	default:
		return "arn:" + partition + ":s3:::" + c.Bucket
	}
}

// fresh are the grants to strangers or foreigners that work now, as far as is known, and did not before; worst
// first. Where only sleeping public grants are new, it is those.
func (d *differ) fresh() []Grant {
	var out, asleep []Grant
	for _, g := range d.after.verdict.Grants {
		switch {
		case !g.Public && !g.Foreign:
		case g.Live != No && !d.before.has(g, true):
			out = append(out, g)
		case g.Public && !d.before.has(g, false):
			asleep = append(asleep, g)
		}
	}
	if len(out) == 0 {
		return asleep
	}
	return out
}

// freshOwn names the worst grant to another account or organization known to be one's own that works now, as far as
// is known, and did not before; empty if there is none.
func (d *differ) freshOwn() string {
	for _, g := range d.after.verdict.Grants {
		beyond := g.Reach == CrossAccount || g.Reach == Organization
		if beyond && !g.Public && !g.Foreign && g.Live != No && !d.before.has(g, true) {
			return g.Name
		}
	}
	return ""
}

// working are the grants to the public and to named others that are not known to be stopped.
func (v view) working() []Grant {
	var out []Grant
	for _, g := range v.verdict.Grants {
		if (g.Public || g.Foreign) && g.Live != No {
			out = append(out, g)
		}
	}
	return out
}

// has reports whether the view knows the same grant, or, with working, one that works.
func (v view) has(g Grant, working bool) bool {
	return slices.ContainsFunc(v.verdict.Grants, func(o Grant) bool {
		return o.Path == g.Path && o.Name == g.Name && o.Reach == g.Reach && o.Access == g.Access && o.Public == g.Public && slices.Equal(o.To, g.To) &&
			(!working || o.Live != No)
	})
}

func widest(grants []Grant) Reach {
	out := Nobody
	for _, g := range grants {
		out = wider(out, g.Reach)
	}
	return out
}

// kind names the difference, the most urgent name first.
func (d *differ) kind(c Change, fresh []Grant, unread bool) Kind {
	before, after := d.before, d.after
	working := slices.ContainsFunc(fresh, func(g Grant) bool { return g.Live != No })
	switch {
	case after.holds && !before.holds:
		return Opened
	case after.holds && working && d.wider(fresh):
		return Widened
	case unread, after.verdict.Error != "" && after.verdict.Error != before.verdict.Error:
		return Unclear
	case working && !after.holds:
		return SharedOut
	case len(c.Gates) > 0 && !d.effect:
		return Weakened
	case len(fresh) > 0 && !working:
		return Slept
	case before.holds && !after.holds, before.shares && !after.shares && !after.holds:
		return Closed
	case (before.holds || before.shares) && d.lost():
		return Narrowed
	case len(c.Restored) > 0, d.lost(), before.state != after.state:
		return Tightened
	default:
		return Unchanged
	}
}

// wider reports whether new grants let in more than what worked before: a wider reach, a worse access or
// another path.
func (d *differ) wider(fresh []Grant) bool {
	var reach Reach
	var access Access
	paths := map[Path]bool{}
	for _, g := range d.before.verdict.Grants {
		if g.Public && g.Live != No {
			reach, access = wider(reach, g.Reach), max(access, g.Access)
			paths[g.Path] = true
		}
	}
	return slices.ContainsFunc(fresh, func(g Grant) bool {
		return g.Live != No && (g.Foreign || g.Public) && (g.Reach.Wider(reach) || g.Access > access || !paths[g.Path])
	})
}

// lost reports whether some grant to strangers or foreigners that worked does so no more.
func (d *differ) lost() bool { return len(d.gone()) > 0 }

// gone are the grants to strangers or foreigners that worked before, as far as is known, and do so no more.
func (d *differ) gone() []Grant {
	return slices.DeleteFunc(d.before.working(), func(g Grant) bool { return d.after.has(g, true) })
}

// severity is the ladder's word on what is new.
func (d *differ) severity(c Change, fresh []Grant) alert.Severity {
	severity := alert.Info
	if c.Remains && len(fresh) == 0 {
		fresh = c.Left
	}
	for _, g := range fresh {
		severity = max(severity, g.Severity)
	}
	if problem := d.after.verdict.Error; problem != "" && problem != d.before.verdict.Error {
		severity = max(severity, alert.Medium) // what cannot be evaluated may be worse than it looks
	}
	switch c.Kind {
	case Closed:
		if !c.Remains {
			return alert.Info
		}
		return severity
	case Opened, Widened, SharedOut:
		if c.Scope == AccountScope || len(c.Gates) > 0 {
			severity = max(severity, alert.Medium)
		}
		return severity
	case Weakened:
		return max(severity, d.weakness(c.Gates))
	case Unclear:
		return max(severity, alert.Medium)
	case Slept:
		return alert.Low
	default:
		return alert.Info
	}
}
