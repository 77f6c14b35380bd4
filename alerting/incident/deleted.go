package incident

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

const deleteBucket = "DeleteBucket"

// deleted brings the deletion of a bucket to its alert: where it ends the exposure of the bucket, and the one who opened it
// did it, it is told as its end; else it is an alert of its own.
func (c *changes) deleted(v *Verdict, seen []string) {
	if !v.Hit.Apart && c.endsOwn(v.Hit.Bucket) {
		return
	}
	kind := Deed
	if v.Hit.Episode != "" {
		kind = State
	}
	c.deed(v, kind, seen)
}

// endsOwn reports whether the event ends exposures of the bucket, each opened by its own actor.
func (c *changes) endsOwn(bucket string) bool {
	ends := false
	for _, change := range c.ev.Changes {
		if bucket == "" || change.Bucket != bucket {
			continue
		}
		for _, i := range c.book.holding(c.ev.Record.OwnerAccount(), change) {
			if !c.closes(i, change) {
				continue
			}
			if !i.openedBy(c.ev.Actor.Key(), c.ev.Actor.ARN) {
				return false
			}
			ends = true
		}
	}
	return ends
}

// openedBy reports whether an actor had part in an exposure.
func (i *Incident) openedBy(key, arn string) bool {
	if i.Actor == key {
		return true
	}
	for n := range i.Origins {
		if arn != "" && i.Origins[n].ARN == arn {
			return true
		}
	}
	return false
}

// ending is how an exposure ended by its last change: a bucket deleted takes its data along.
func (i *Incident) ending(change *exposure.Change, how string) string {
	if change.EventName != deleteBucket || change.Superseded != nil {
		return how
	}
	for n := range i.Parts {
		if i.Parts[n].Bucket != change.Bucket {
			return how
		}
	}
	return alert.BucketDeleted
}
