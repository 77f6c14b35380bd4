package exposure

import (
	"cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// harmless reports whether a call failed for a reason that says nothing of anybody's wish to open a bucket: the
// thing is not there, or S3 was busy.
func harmless(errorCode string) bool {
	switch errorCode {
	case "NoSuchBucket", "NoSuchKey", "NoSuchUpload", "NoSuchAccessPoint", "NoSuchBucketPolicy", "NoSuchAccessPointPolicy",
		"BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNotEmpty", "OperationAborted", "InvalidBucketName",
		"SlowDown", "ServiceUnavailable", "InternalError", "InternalFailure", "RequestTimeout", "RequestTimeTooSkewed",
		"ExpiredToken", "IllegalLocationConstraintException", "TooManyBuckets", "PreconditionFailed", "Throttling",
		"ThrottlingException", "ConditionalRequestConflict", "EntityTooLarge", "BadDigest", "IncompleteBody":
		return true
	default:
		return false
	}
}

// attempt tells what a failed call would have opened. It judges copies of the state, as if the call had
// succeeded; gates do not count, since one of them may be what refused it.
func attempt(act *act, b *Bucket, a *Account, rec *cloudtrail.Record, own Own) Change {
	before := (&writer{b: b.clone(), a: a.clone(), rec: rec, mark: markOf(rec), own: own}).differ(act.scopeOf(rec))
	c := before.change()
	c.Verdict, c.Closes = Verdict{}, false
	if harmless(rec.ErrorCode) {
		return c
	}
	b.identify(rec)
	w := &writer{b: b, a: a, rec: rec, mark: markOf(rec), own: own}
	act.write(w)
	d := w.differ(before.scope)
	would := d.change()
	var set []Grant
	for _, g := range would.Verdict.Grants {
		if (g.Public || g.Foreign) && w.wrote(g.Path) {
			set = append(set, g)
		}
	}
	switch {
	case len(set) > 0:
		c.Attempted = Shared
		for _, g := range set {
			would.Severity = max(would.Severity, g.Severity)
			if g.Public {
				c.Attempted = Public
			}
		}
		c.Grant, c.Reach, c.Access = set[0].Name, widest(set), set[0].Access
	case would.Kind == Opened:
		c.Attempted, c.Gates, c.Reach = Public, would.Gates, would.Reach
	case would.Kind == Weakened:
		c.Attempted, c.Gates = Unknown, would.Gates
	case would.Kind == Unclear:
		c.Attempted = Unknown
	default:
		return c
	}
	c.Kind, c.Verdict, c.Severity = Attempted, would.Verdict, max(would.Severity.Lower(), alert.Info)
	c.Reasons = append([]string{"the call failed with " + clip(cmp.Or(rec.ErrorCode, rec.ErrorMessage)) + "; nothing changed"}, would.Reasons...)
	return c
}

// wrote reports whether the record set the grants of a path.
func (w *writer) wrote(path Path) bool {
	is := func(m Mark, ok bool) bool { return ok && m == w.mark }
	switch path {
	case ACLPath:
		e, ok := w.b.ACL.At(w.mark)
		return is(e.Mark, ok)
	case PolicyPath:
		e, ok := w.b.Policy.At(w.mark)
		return is(e.Mark, ok)
	default:
		return true
	}
}
