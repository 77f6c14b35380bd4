// Package wording turns an alert into the short phrases that every receiver shows: the headline, the sentence
// for a phone, who, from where, with what, what still stands in the way. One thing has one wording, so that a
// card, a page and a terminal say the same. All phrases are safe text on one line; the markup of a service is
// not known here.
package wording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

// Object names what the alert is about: the bucket, how many there are, or the account or resource.
func Object(a *alert.Alert) string {
	switch {
	case len(a.Buckets) > 1:
		return fmt.Sprintf("%s and %d more", place(a.Buckets[0]), len(a.Buckets)-1)
	case a.Bucket != "":
		return safetext.Line(a.Bucket)
	case len(a.Resources) > 1:
		return fmt.Sprintf("%s and %d more", safetext.Line(a.Resources[0]), len(a.Resources)-1)
	case a.Exposure != nil && a.Exposure.Scope == "account", a.Resource == "":
		return "account " + orUnknown(a.AccountID)
	default:
		return safetext.Line(a.Resource)
	}
}

// ObjectLabel says what Object names: "bucket", or "resource" of what is none.
func ObjectLabel(a *alert.Alert) string {
	if a.Bucket == "" && len(a.Buckets) < 2 {
		return "resource"
	}
	return "bucket"
}

// Members names each bucket or resource of an alert that is about several; nil of one that is about one.
func Members(a *alert.Alert) []string {
	var all []string
	switch {
	case len(a.Buckets) > 1:
		for _, b := range a.Buckets {
			all = append(all, Bucket(b))
		}
	case len(a.Buckets) == 0 && len(a.Resources) > 1:
		for _, r := range a.Resources {
			all = append(all, safetext.Line(r))
		}
	}
	return all
}

// Title is the alert's title; a refused call says so.
func Title(a *alert.Alert) string {
	title := safetext.Line(a.Title)
	if a.Attempt && !strings.Contains(strings.ToLower(title), "attempt") {
		return "Attempt: " + title
	}
	return title
}

// Headline gives state, severity, score and object in at most limit bytes, the object cut in its middle:
// "OPEN · CRITICAL 93 · S3 bucket public: payroll-exports". A resolved one tells how it ended instead.
func Headline(a *alert.Alert, limit int) string {
	if a.Status == alert.Resolved {
		return safetext.End("RESOLVED · "+Closing(a), limit)
	}
	front := fmt.Sprintf("%s · %s %d · ", strings.ToUpper(string(a.Status)), strings.ToUpper(a.Severity.String()), a.Score)
	title, object := Title(a), Object(a)
	if strings.Contains(title, object) {
		return front + safetext.Middle(title, limit-len(front))
	}
	front += safetext.End(title, limit/2) + ": "
	return front + safetext.Middle(object, limit-len(front))
}

// Closing tells how a resolved alert ended: "was public 11 m 04 s · closed by bob (PutBucketPublicAccessBlock)".
func Closing(a *alert.Alert) string {
	was, since := "was open", a.EventTime
	if e := a.Exposure; e != nil {
		if !e.WidestSince.IsZero() {
			since = e.WidestSince
		}
		if state := cmp.Or(e.Widest, e.After); known(state) && state != "private" {
			was = "was " + safetext.Line(state)
		}
	}
	if a.ResolvedAt != nil {
		was += " " + Duration(a.ResolvedAt.Sub(since))
	}
	if a.ResolvedBy != nil && known(*a.ResolvedBy) {
		by, _, _ := strings.Cut(*a.ResolvedBy, " (role ")
		was += " · closed by " + safetext.Middle(safetext.Line(by), 60)
	}
	if a.ResolvedReason != nil && *a.ResolvedReason != "" {
		was += " (" + safetext.End(safetext.Line(*a.ResolvedReason), 80) + ")"
	}
	return was
}

// Sentence is the alert in one sentence of at most limit bytes, for phones and screen readers.
func Sentence(a *alert.Alert, limit int) string {
	front := fmt.Sprintf("%s %s %d: ", strings.ToUpper(string(a.Status)), a.Severity, a.Score)
	if a.Status == alert.Resolved {
		return safetext.End(fmt.Sprintf("RESOLVED %s: %s %s.", Title(a), safetext.Middle(Object(a), 80), Closing(a)), limit)
	}
	summary := safetext.Line(a.Summary)
	if summary == "" || a.Bucket != "" && !strings.Contains(summary, safetext.Line(a.Bucket)) {
		summary = strings.TrimSpace(fmt.Sprintf("%s: %s. %s", Title(a), safetext.Middle(Object(a), 80), summary))
	}
	return safetext.End(front+summary, limit)
}

// Account gives the account with its name and the region.
func Account(a *alert.Alert) string {
	account := orUnknown(a.AccountID)
	if a.AccountName != "" {
		account = safetext.Line(a.AccountName) + " (" + account + ")"
	}
	if known(a.Region) {
		account += " · " + safetext.Line(a.Region)
	}
	return account
}

// Sensitivity says how much the bucket's name and settings speak for secrets inside, and why; "" if unsaid.
func Sensitivity(a *alert.Alert) string {
	if a.Sensitivity == nil {
		return ""
	}
	text := fmt.Sprintf("sensitivity %d of 100", a.Sensitivity.Points)
	if len(a.Sensitivity.Reasons) > 0 {
		text += ": " + safetext.Line(strings.Join(a.Sensitivity.Reasons, "; "))
	}
	return text
}

// Suppression says why nobody is paged: "expected change CHG-1 until 2026-12-01 00:00:00 UTC, by dora: a demo"; "" if
// somebody is.
func Suppression(a *alert.Alert) string {
	s := a.Suppression
	if s == nil || !a.Quiet() {
		return ""
	}
	text := strings.TrimSpace(s.Kind+" "+safetext.Line(s.ID)) + " until " + s.Until.UTC().Format("2006-01-02 15:04:05 UTC")
	if s.By != "" {
		text += ", by " + safetext.Middle(safetext.Line(s.By), 80)
	}
	if s.Reason != "" {
		text += ": " + safetext.Line(s.Reason)
	}
	return text
}

// Actor names who made the call: the person behind a session first.
func Actor(a *alert.Alert) string {
	name := orUnknown(a.Actor.Name)
	if known(a.Actor.Session) && a.Actor.Session != a.Actor.Name {
		name = safetext.Line(a.Actor.Session) + " as " + name
	}
	if known(a.Actor.Type) {
		name += " (" + safetext.Line(a.Actor.Type) + ")"
	}
	return name
}

// Source tells where the call came from: address, place, network and its owner.
func Source(a *alert.Alert) string {
	s := a.Source
	parts := []string{orUnknown(s.IP)}
	place := "country unknown"
	if known(s.Country) {
		place = safetext.Line(s.Country)
		if known(s.City) {
			place += " " + safetext.Line(s.City)
		}
	}
	network := "network unknown"
	if known(s.Network) {
		network = safetext.Line(s.Network)
		if s.NetworkName != "" {
			network += " " + safetext.Line(s.NetworkName)
		}
	}
	parts = append(parts, place, network)
	if s.ASN != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("AS%d %s", s.ASN, safetext.Line(s.Org))))
	} else if known(s.Org) {
		parts = append(parts, safetext.Line(s.Org))
	}
	if old := stale(s.Missing); old != "" {
		parts = append(parts, "by old data: "+old)
	}
	return strings.Join(parts, " · ")
}

// stale names the data files among what was missing that are older than they should be.
func stale(missing []string) string {
	var files []string
	for _, m := range missing {
		if file, ok := strings.CutSuffix(m, " is stale"); ok {
			_, file, _ = strings.Cut(file, ": ")
			files = append(files, safetext.Line(file))
		}
	}
	return strings.Join(files, ", ")
}

// Tool is the user agent, as sent.
func Tool(a *alert.Alert) string { return orUnknown(a.Source.UserAgent) }

// GrantLabel says what Grant tells: a "grant", or the "call" of an alert that is about no exposure.
func GrantLabel(a *alert.Alert) string {
	if a.Exposure == nil || a.Exposure.Grant == "" {
		return "call"
	}
	return "grant"
}

// Grant says what was given to whom, and what that makes of the resource; of no exposure, which call was made.
func Grant(a *alert.Alert) string {
	e := a.Exposure
	if e == nil {
		call := orUnknown(a.EventName)
		if a.ErrorCode != "" {
			call += " · refused: " + safetext.Line(a.ErrorCode)
		}
		return call
	}
	grant := safetext.Line(e.Grant)
	if grant == "" {
		grant = safetext.Line(a.EventName)
	}
	change := orUnknown(e.Before)
	if e.Widest != "" && e.Widest != e.Before && e.Widest != e.After {
		change += " → " + safetext.Line(e.Widest)
	}
	if e.After != e.Before || e.After != e.Widest && e.Widest != "" {
		change += " → " + orUnknown(e.After)
	}
	if a.Attempt && e.Attempted != "" {
		change = "refused, would have been " + safetext.Line(e.Attempted)
	}
	grant += " · " + change
	if known(e.Reach) && e.Reach != "none" && e.After != "latent" {
		grant += " (" + safetext.Line(e.Reach) + ")"
	}
	if e.Confidence == "unconfirmed" && a.Status != alert.Resolved {
		grant += ", unconfirmed"
	}
	return grant
}

// Blocks says what still stands between the world and the resource; "" of an alert that is about no exposure.
func Blocks(a *alert.Alert) string {
	switch {
	case a.Exposure == nil, a.Status == alert.Resolved && len(a.Exposure.Blocks) == 0:
		return ""
	case a.Attempt && a.ErrorCode != "":
		return "the call was refused: " + safetext.Line(a.ErrorCode)
	case len(a.Exposure.Blocks) > 0:
		return safetext.Line(strings.Join(a.Exposure.Blocks, "; "))
	case a.Exposure.Confidence == "unconfirmed":
		return "nothing that was seen"
	default:
		return "nothing"
	}
}

// place names one resource of an alert over several: a bucket, an object by its path, an access point, an account.
func place(b alert.BucketState) string {
	name, resource := safetext.Line(b.Bucket), safetext.Line(b.Resource)
	if _, path, ok := strings.Cut(resource, ":::"); ok && name != "" && strings.HasPrefix(path, name+"/") {
		return path
	}
	if _, point, ok := strings.Cut(resource, ":accesspoint/"); ok {
		return strings.TrimSpace("access point " + point + " " + name)
	}
	if account, ok := strings.CutSuffix(resource, ":account"); ok && name == "" {
		return "account " + account[strings.LastIndexByte(account, ':')+1:]
	}
	return cmp.Or(name, resource)
}

// Bucket is one bucket, or other resource, of an alert over several.
func Bucket(b alert.BucketState) string {
	line := place(b)
	if b.Before+b.After != "" {
		line += ": " + orUnknown(b.Before) + " → " + orUnknown(b.After)
	}
	if known(b.Reach) && b.Reach != "none" {
		line += " (" + safetext.Line(b.Reach) + ")"
	}
	if b.ResolvedAt != nil {
		line += ", closed after " + Duration(b.ResolvedAt.Sub(b.OpenedAt))
	}
	return line
}

// Factor is one summand of the score: "+40 grant: AllUsers may WRITE".
func Factor(f alert.Factor) string {
	return fmt.Sprintf("%+d %s: %s", f.Points, safetext.Line(f.Name), safetext.Line(f.Detail))
}

// Moment is one event of the timeline, in UTC, with what was seen for the first time; the date stands with what was not
// on the day of the alert.
func Moment(m alert.Moment, day time.Time) string {
	var line strings.Builder
	line.WriteString(clock(m.Time, day) + " " + orUnknown(m.Name))
	for _, part := range []string{m.Bucket, m.IP} {
		if part != "" {
			line.WriteString(" · " + safetext.Line(part))
		}
	}
	if m.Error != "" {
		line.WriteString(" · refused: " + safetext.Line(m.Error))
	}
	if len(m.First) > 0 {
		first := make([]string, len(m.First))
		for i, what := range m.First {
			first[i] = cmp.Or(map[string]string{"asn": "network owner", "user_agent": "tool", "hour": "time of day"}[what], what)
		}
		line.WriteString(" · first time: " + safetext.Line(strings.Join(first, ", ")))
	}
	return line.String()
}

// Later says how much was told of the alert since its first event, and what came last: "2 later events in the thread, the
// last: 02:41:10 grew: …"; "" if nothing was.
func Later(a *alert.Alert) string {
	later := slices.DeleteFunc(slices.Clone(a.Updates), func(u alert.Update) bool { return u.Kind == "opened" })
	switch len(later) {
	case 0:
		return ""
	case 1:
		return "1 later event, in the thread: " + Update(later[0], a.EventTime)
	default:
		return fmt.Sprintf("%d later events in the thread, the last: %s", len(later), Update(later[len(later)-1], a.EventTime))
	}
}

// Update is one later change of the alert; the date stands with one that was not on the day of the alert.
func Update(u alert.Update, day time.Time) string {
	return clock(u.Time, day) + " " + safetext.Line(u.Kind) + ": " + safetext.Line(u.Text)
}

// clock is a time in UTC, with its date unless that is the day's.
func clock(t, day time.Time) string {
	if t, day = t.UTC(), day.UTC(); t.Format(time.DateOnly) == day.Format(time.DateOnly) {
		return t.Format("15:04:05")
	}
	return t.UTC().Format("Jan 2 15:04:05")
}

// Duration writes a time span for people, in its two largest units: "11 m 04 s", "3 h 20 m", "2 d 05 h".
func Duration(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	s, m, h := int(d.Seconds())%60, int(d.Minutes())%60, int(d.Hours())
	switch {
	case h >= 24:
		return fmt.Sprintf("%d d %02d h", h/24, h%24)
	case h > 0:
		return fmt.Sprintf("%d h %02d m", h, m)
	case m > 0:
		return fmt.Sprintf("%d m %02d s", m, s)
	default:
		return fmt.Sprintf("%d s", s)
	}
}

// Took writes how long something of ours took: as Duration, in tenths of a second below ten.
func Took(d time.Duration) string {
	if d = max(d, 0); d < 10*time.Second {
		return fmt.Sprintf("%.1f s", max(d.Seconds(), 0.1))
	}
	return Duration(d)
}

func known(s string) bool { return s != "" && s != alert.Unknown }

func orUnknown(s string) string {
	if line := safetext.Line(s); line != "" {
		return line
	}
	return alert.Unknown
}
