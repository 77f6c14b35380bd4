package exposure

// legacyRegion is where S3 takes the making of a bucket that one owns already: the call succeeds, resets the bucket's
// ACL and changes nothing else ("CreateBucket" in the S3 API Reference, BucketAlreadyOwnedByYou).
const legacyRegion = "us-east-1"

// remakes reports whether the making of the bucket at m only reset its ACL: it was there just before.
func (w *writer) remakes(m Mark) bool {
	if w.rec.Region != legacyRegion {
		return false
	}
	if made, known := w.b.Exists.Before(m); known {
		return made.Value
	}
	b := w.b
	seen := set(b.ACL, m) || set(b.Policy, m) || set(b.Ownership, m) || set(b.Website, m)
	for _, f := range b.Block {
		seen = seen || set(f, m)
	}
	for _, f := range b.Objects {
		seen = seen || set(f, m)
	}
	return seen
}

// set reports whether an event before m set the fact.
func set[T any](f Fact[T], m Mark) bool {
	e, ok := f.Before(m)
	return ok && !e.Proof
}

// unmake takes back what a making set that came in before this older record, which shows that the bucket was there.
func (w *writer) unmake() {
	made, ok := w.b.Exists.after(w.mark)
	if !ok || !made.Value || w.rec.EventName == "DeleteBucket" || !w.remakes(made.Mark) {
		return
	}
	b, drop := w.b, unwanted{made.Mark, true, false}
	b.Exists, b.Policy, b.Ownership, b.Website = without(b.Exists, drop), without(b.Policy, drop), without(b.Ownership, drop), without(b.Website, drop)
	b.Block = b.Block.without(drop)
	if w.later == nil || *w.later != made.Mark {
		return
	}
	w.later = replaced(b.ACL, w.mark, replaced(b.Policy, w.mark, replaced(b.Ownership, w.mark, replaced(b.Website, w.mark, nil))))
	for _, f := range b.Block {
		w.later = replaced(f, w.mark, w.later)
	}
}

// replaced is the oldest event that replaced what the one at m set, or the one given if that is older.
func replaced[T any](f Fact[T], m Mark, or *Mark) *Mark {
	if e, ok := f.At(m); ok && e.Mark == m && !e.Proof {
		return f.next(m, or)
	}
	return or
}
