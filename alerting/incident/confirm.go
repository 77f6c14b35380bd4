package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// Look is what S3 itself said of a bucket when it was asked.
type Look struct {
	Bucket string `json:"bucket"`
	Public bool   `json:"public"` // S3 says so; else it says no, or there was no telling
	// Says is the answer with its reasons: "not public: no public grant in the ACL; no public policy".
	Says string   `json:"says"`
	Tags []string `json:"tags,omitempty"` // "Key=value"
}

// maxLooked bounds the buckets of one incident that S3 is asked about.
const maxLooked = 10

// Unconfirmed lists the buckets of a live exposure that are said to be public and that S3 is to be asked about: it was
// not yet, or what it said confirms nothing, or was said of what has changed since.
func (i *Incident) Unconfirmed() []string {
	if i.Kind != Exposure || i.Alert.Status == alert.Resolved {
		return nil
	}
	var out []string
	for n := range i.Parts[:min(len(i.Parts), maxLooked)] {
		p := &i.Parts[n]
		if i.public(n) && (p.Look == nil || !p.Look.Public || !i.shows(n, p.Look)) {
			out = append(out, p.Bucket)
		}
	}
	return out
}

// public reports whether a part is a whole bucket, said to be public now.
func (i *Incident) public(n int) bool {
	p := &i.Parts[n]
	return !p.Closed && p.Bucket != "" && strings.HasSuffix(p.Resource, ":::"+p.Bucket) && i.Alert.Buckets[n].After == string(exposure.Public)
}

// confirm notes what S3 said of a bucket, and reports whether that was news. It can make an exposure confirmed; that
// S3 sees nothing public ends nothing and lowers nothing: it may have been asked too early, or about too little.
func (i *Incident) confirm(l *Look, at time.Time) bool {
	n := slices.IndexFunc(i.Parts, func(p Part) bool { return p.Bucket == l.Bucket })
	if n < 0 || !i.public(n) || i.Alert.Exposure == nil || !at.After(i.Parts[n].Looked) || i.shows(n, l) {
		return false
	}
	a, p := &i.Alert, &i.Parts[n]
	if old := p.Look; old != nil {
		a.Exposure.Reasons = without(a.Exposure.Reasons, i.saying(old))
		if a.Sensitivity != nil {
			a.Sensitivity.Reasons = without(a.Sensitivity.Reasons, i.tags(old))
		}
	}
	a.Exposure.Reasons = append(slices.Clip(a.Exposure.Reasons), i.saying(l))
	if i.settles(n, l) {
		a.Exposure.Confidence = string(exposure.Confirmed)
	}
	if len(l.Tags) > 0 {
		if a.Sensitivity == nil {
			a.Sensitivity = &alert.Sensitivity{}
		}
		a.Sensitivity.Reasons = append(slices.Clip(a.Sensitivity.Reasons), i.tags(l))
	}
	p.Look, p.Looked = l, at
	addUpdate(a, alert.Update{Time: at, Kind: "looked", Text: fmt.Sprintf("%s, looked at %s after the event", i.saying(l), span(at.Sub(a.LastSeen)))})
	return true
}

// shows reports whether the alert says already what a look has found.
func (i *Incident) shows(n int, l *Look) bool {
	a := &i.Alert
	if a.Exposure == nil || !slices.Contains(a.Exposure.Reasons, i.saying(l)) || i.settles(n, l) && a.Exposure.Confidence != string(exposure.Confirmed) {
		return false
	}
	return len(l.Tags) == 0 || a.Sensitivity != nil && slices.Contains(a.Sensitivity.Reasons, i.tags(l))
}

// settles reports whether a look confirms what the alert says of its exposure: of an account that some bucket is
// public, else that the very resource is.
func (i *Incident) settles(n int, l *Look) bool {
	e := i.Alert.Exposure
	return l.Public && e.After == string(exposure.Public) && (e.Scope == string(exposure.AccountScope) || i.Parts[n].Resource == i.Alert.Resource)
}

// saying is the sentence on a look. The alert's first bucket need not be named.
func (i *Incident) saying(l *Look) string {
	if l.Bucket == i.Alert.Bucket {
		return "S3 says: " + l.Says
	}
	return "S3 says of " + l.Bucket + ": " + l.Says
}

func (i *Incident) tags(l *Look) string {
	if l.Bucket == i.Alert.Bucket {
		return "tags: " + strings.Join(l.Tags, ", ")
	}
	return "tags of " + l.Bucket + ": " + strings.Join(l.Tags, ", ")
}

func without(list []string, s string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == s })
}

// span is a length of time as exact as it matters: seconds within a day, hours after it.
func span(d time.Duration) time.Duration {
	if d > 24*time.Hour {
		return d.Round(time.Hour)
	}
	return max(d, 0).Round(time.Second)
}
