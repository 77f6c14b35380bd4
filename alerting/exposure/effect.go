package exposure

import (
	"cmp"
	"maps"
	"slices"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Effects tells what a change that was just applied means for what stands behind the gates it moved: of an account
// for each of its buckets; of both for objects with ACLs of their own and for access points, as far as it makes a
// difference there. buckets are all that are known of the account, or the one bucket the change is about. It writes
// nothing to the state; what wakes is added to the change itself.
func Effects(c *Change, buckets []*Bucket, a *Account, rec *cloudtrail.Record, own Own) []*Change {
	if !c.moves() {
		return nil
	}
	a = orEmpty(a)
	var out []*Change
	tell := func(b *Bucket, scope Scope, key string) {
		w := &writer{b: b, a: a, rec: rec, mark: cmp.Or(c.Mark, markOf(rec)), own: own, later: c.later}
		effect := (&differ{writer: w, scope: scope, key: key, effect: true}).change()
		if scope == BucketScope || effect.Kind.matters() {
			out = append(out, &effect)
			c.wake(&effect)
		}
	}
	known := make(map[string]*Bucket, len(buckets))
	for _, b := range buckets {
		known[b.Name] = b
		if c.Scope == AccountScope {
			tell(b, BucketScope, "")
		}
		for _, key := range slices.Sorted(maps.Keys(b.Objects)) {
			tell(b, ObjectScope, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(a.AccessPoints)) {
		name, _ := a.AccessPoints[key].Bucket.Latest()
		switch b := known[name.Value]; {
		case b != nil:
			tell(b, AccessPointScope, key)
		case c.Scope == AccountScope:
			tell(&Bucket{Name: name.Value}, AccessPointScope, key)
		}
	}
	return out
}

// moves reports whether the change moved a gate before other resources, or made or ended what they are in.
func (c *Change) moves() bool {
	switch c.Scope {
	case AccountScope:
		return true
	case BucketScope:
		return len(c.Gates)+len(c.Restored) > 0 || c.EventName == "CreateBucket" || c.EventName == "DeleteBucket"
	default:
		return false
	}
}

// matters reports whether somebody has to hear of a change to something that the record did not name.
func (k Kind) matters() bool {
	switch k {
	case Opened, Widened, SharedOut, Narrowed, Closed:
		return true
	default:
		return false
	}
}

// wake notes that something behind the gate is open now.
func (c *Change) wake(effect *Change) {
	if effect.Kind != Opened {
		return
	}
	name := "bucket " + effect.Bucket
	switch effect.Scope {
	case ObjectScope:
		name = "object " + effect.Object
	case AccessPointScope:
		name = "access point " + effect.Point
	}
	woken := clip(name) + " " + effect.Grant
	c.Woken = append(c.Woken, woken)
	c.Grant = cmp.Or(c.Grant, effect.Grant)
	if len(c.Reasons) < maxReasons {
		c.Reasons = append(c.Reasons, "existing public grant "+woken+" takes effect again")
	}
}

// differ asks what the record means for the resource it names.
func (w *writer) differ(scope Scope) *differ {
	d := &differ{writer: w, scope: scope}
	switch scope {
	case ObjectScope:
		d.key = objectName(w.rec)
	case AccessPointScope:
		d.key = pointKey(w.rec)
	}
	return d
}
