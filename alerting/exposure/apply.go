package exposure

import (
	"cmp"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Apply places one record in the state and tells what it changed. It writes to b and a, which must be those of
// the record's bucket and of its owner's account; b may be nil for a record that is about no bucket, and a nil
// Account stands for one never seen. A failed call writes nothing. A record that does not touch exposure gives
// a Change of kind Unchanged.
//
// What the record means for what stands behind the gates it moved is told by Effects.
func Apply(b *Bucket, a *Account, rec *cloudtrail.Record, own Own) Change {
	b, a = orEmpty(b), orEmpty(a)
	act := actOf(rec.EventName)
	if act == nil || !Touches(rec.EventSource, rec.EventName) {
		return Change{Mark: markOf(rec), EventName: rec.EventName, Bucket: rec.Bucket(), Account: rec.OwnerAccount()}
	}
	if rec.Failed() {
		return attempt(act, b.clone(), a.clone(), rec, own)
	}
	b.identify(rec)
	a.ID = cmp.Or(a.ID, rec.OwnerAccount())
	w := &writer{b: b, a: a, rec: rec, mark: markOf(rec), own: own}
	act.write(w)
	w.unmake()
	d := w.differ(act.scopeOf(rec))
	c := d.change()
	b.trim()
	a.trim()
	return c
}

// Preview tells what Apply would, and writes nothing.
func Preview(b *Bucket, a *Account, rec *cloudtrail.Record, own Own) Change {
	return Apply(orEmpty(b).clone(), orEmpty(a).clone(), rec, own)
}

// newest is the moment after every event. Ids say nothing of the order within a second, so whatever may have come last
// there and leaves more open is taken for the last: nobody hides an opening behind a closing.
func newest(b *Bucket, a *Account, own Own) moment {
	return moment{b: b, a: a, mark: Mark{At: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}, after: true, wary: true, own: own}
}

func orEmpty[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

// identify fills in who the bucket is, as far as it was not known.
func (b *Bucket) identify(rec *cloudtrail.Record) {
	b.Name = cmp.Or(b.Name, rec.Bucket())
	b.Account = cmp.Or(b.Account, rec.OwnerAccount())
	b.Partition = cmp.Or(b.Partition, rec.Partition())
	if b.Name == rec.Bucket() {
		b.Region = cmp.Or(b.Region, rec.Region)
	}
}
