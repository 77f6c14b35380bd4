package builtin

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// onChange is the verdict of rules on who can reach a bucket: told are the changes that open, share or weaken, of those the
// rule concerns. Severity is that of the change, by the ladder of exposure.
func onChange(concerns func(c *exposure.Change) bool) verdict {
	return func(in *detect.Input) *detect.Hit {
		c := in.Change
		if c == nil || !told(in.Record, c) || !concerns(c) {
			return nil
		}
		return &detect.Hit{
			Severity: c.Severity, Exact: true, Attempt: c.Kind == exposure.Attempted,
			Bucket: c.Bucket, Resource: c.Resource, Grant: c.Grant, Detail: tell(in.Record, c),
		}
	}
}

// onShare is onChange for shares with named others, new ones and those that remain once the public is kept out.
func onShare(in *detect.Input) *detect.Hit {
	if c := in.Change; c != nil && c.Remains && c.Kind == exposure.Closed && shared(c) {
		return &detect.Hit{
			Severity: c.Severity, Exact: true, Bucket: c.Bucket, Resource: c.Resource, Grant: c.Grant, Detail: c.Sentence(exposure.ShareClass),
		}
	}
	return onChange(shared)(in)
}

// told reports whether a change is one to tell of.
func told(rec *cloudtrail.Record, c *exposure.Change) bool {
	switch c.Kind {
	case exposure.Opened, exposure.Widened, exposure.Slept, exposure.SharedOut, exposure.Weakened, exposure.Unclear:
		return true
	case exposure.Attempted:
		return refused(rec) || refusedByGate(rec.ErrorCode) || rec.ErrorCode == "" // failed, and nobody says why
	}
	return false
}

// refusedByGate reports whether S3 refused a grant because a gate stood against it, or could not read it.
func refusedByGate(code string) bool {
	switch code {
	case "AccessControlListNotSupported", "InvalidBucketAclWithBlockPublicAccessError", "InvalidBucketAclWithObjectOwnership", "MalformedPolicy":
		return true
	}
	return false
}

// tell says in one sentence what a change did.
func tell(rec *cloudtrail.Record, c *exposure.Change) string {
	if c.Kind == exposure.Attempted {
		return failure(rec, c.Place())
	}
	if text := c.Sentence(c.Class()); text != "" && c.Kind != exposure.Unclear {
		return text
	}
	text := who(rec) + " reduced the protection of " + c.Place()
	if c.Kind == exposure.Unclear {
		text = who(rec) + " changed access to " + c.Place() + "; the result could not be determined"
	}
	if c.Grant != "" {
		text += " (" + c.Grant + ")"
	}
	return text + "."
}

// shared reports whether a change lets in named others, rather than the public.
func shared(c *exposure.Change) bool { return c.Class() == exposure.ShareClass }

// byACL reports whether a change was made through an ACL.
func byACL(c *exposure.Change) bool {
	return c.EventName == "CreateBucket" || strings.HasSuffix(c.EventName, "Acl")
}

// neverOn reports whether a setting of the record's bucket was never on: the bucket was seen being made, and since then no
// record switched the setting on. Nothing is lost by switching it off.
func neverOn(in *detect.Input, setting exposure.Setting, on func(value string) bool) bool {
	if in.Bucket == nil || in.Record.Failed() {
		return false
	}
	made, ok := in.Bucket.Exists.Latest()
	values := in.Bucket.Settings[setting]
	const kept = 3 // of more than that the first are forgotten
	if !ok || !made.Value || len(values) >= kept {
		return false
	}
	for _, e := range values {
		if e.Compare(made.Mark) < 0 || on(e.Value) {
			return false
		}
	}
	return true
}

// onBurst is the verdict of rules on unusual amounts of one kind of call.
func onBurst(kind string, severity alert.Severity) verdict {
	return func(in *detect.Input) *detect.Hit {
		for _, b := range in.Facts.History.Burst {
			if b.Kind != kind || in.Record.Actor().Service {
				continue
			}
			usual := fmt.Sprintf("usual: %.0f", b.Usual)
			if in.Record.EventName == "DeleteObjects" && kind == "delete" {
				usual = "DeleteObjects counts as 10, " + usual
			}
			return young(in, severity, &detect.Hit{
				Detail: fmt.Sprintf("%s made %d %s calls in %s (%s).", who(in.Record), b.Count, kind, alert.Duration(b.Window), usual),
			})
		}
		return nil
	}
}

// young tells a step lower, though never below low, what is held against habits while the installation is so young
// that it knows of none: the first night's clean-up is no sabotage. Severity is the rule's.
func young(in *detect.Input, severity alert.Severity, hit *detect.Hit) *detect.Hit {
	if hit == nil || !in.Facts.History.Beginning {
		return hit
	}
	hit.Severity, hit.Exact = max(severity.Lower(), alert.Low), true
	if hit.Attempt {
		hit.Severity = hit.Severity.Lower()
	}
	return hit
}
