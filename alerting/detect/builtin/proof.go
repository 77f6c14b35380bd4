package builtin

import (
	"cmp"
	"fmt"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// onProof is the verdict of rules on calls by outsiders that S3 let in, of those the rule concerns.
func onProof(concerns func(c *exposure.Change) bool) verdict {
	return func(in *detect.Input) *detect.Hit {
		c := in.Proof
		if c == nil || !concerns(c) {
			return nil
		}
		return &detect.Hit{Severity: c.Severity, Exact: true, Bucket: c.Bucket, Resource: c.Resource, Grant: c.Grant, Detail: proven(in, c)}
	}
}

// proven says in one sentence what was done, by whom and from where.
func proven(in *detect.Input, c *exposure.Change) string {
	what, place := "read", c.Bucket
	switch {
	case c.Access == exposure.List:
		what = "listed"
	case c.Access >= exposure.Write:
		what = "changed"
	}
	if key := in.Record.Key(); key != "" {
		place = "Object " + key + " in " + c.Bucket
	}
	by := "without credentials"
	if c.Proof != cloudtrail.Anonymous {
		by = "by external account " + c.Proof
	}
	return fmt.Sprintf("%s was %s %s from %s (%s).", place, what, by, cmp.Or(in.Record.SourceIPAddress, "an unknown address"), in.Record.EventName)
}
