package exposure

import "github.com/trailwarden/trailwarden/consumer/cloudtrail"

// Apply places one record in the state and tells what it changed. It writes to b and a, which must be those of
// the record's bucket and of its owner's account; b may be nil for a record that is about no bucket, and a nil
// Account stands for one never seen. A failed call writes nothing.
//
// After an account-wide record, ask Effect for each bucket of the account what it means there.
func Apply(b *Bucket, a *Account, rec *cloudtrail.Record, own Own) Change {
	return change{}.of(b, a, rec, own)
}

// Effect tells what a record already applied to the account means for one bucket of it. It writes nothing.
func Effect(b *Bucket, a *Account, rec *cloudtrail.Record, own Own) Change {
	return change{}.of(b, a, rec, own)
}

type change struct{}

func (change) of(*Bucket, *Account, *cloudtrail.Record, Own) Change { return Change{} }

func actOf(name string) *string { return &name }
