package alert

import (
	"slices"
	"time"
)

// Filter says which alerts are asked for. A zero field asks for all.
type Filter struct {
	Status   []Status
	Severity []Severity
	Bucket   string    // the alert's bucket, or one of its buckets
	Since    time.Time // with an event at this time or later: by LastSeen
}

// Matches reports whether an alert is asked for.
func (f *Filter) Matches(a *Alert) bool {
	return (len(f.Status) == 0 || slices.Contains(f.Status, a.Status)) &&
		(len(f.Severity) == 0 || slices.Contains(f.Severity, a.Severity)) &&
		(f.Bucket == "" || f.Bucket == a.Bucket || slices.ContainsFunc(a.Buckets, func(b BucketState) bool { return b.Bucket == f.Bucket })) &&
		!a.LastSeen.Before(f.Since)
}

// Page is one page of a list of alerts, newest first.
type Page struct {
	Alerts []*Alert
	// Next is the cursor of the page after this one; empty if this is the last.
	Next string
}

// Statuses lists all statuses.
func Statuses() []Status { return []Status{Open, Acknowledged, Suppressed, Resolved} }
