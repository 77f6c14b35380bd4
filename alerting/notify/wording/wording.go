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

// ObjectsLabel is the plural of ObjectLabel.
func ObjectsLabel(a *alert.Alert) string { return ObjectLabel(a) + "s" }

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

// MembersLabel says how many there are of what Members names, and how many of them are open still: "3 of 12 buckets still
// open", "12 buckets".
func MembersLabel(a *alert.Alert) string {
	n := max(len(a.Buckets), len(a.Resources))
	if a.Exposure == nil || a.Status == alert.Resolved || len(a.Buckets) == 0 {
		return fmt.Sprintf("%d %s", n, ObjectsLabel(a))
	}
	open := 0
	for i := range a.Buckets {
		if a.Buckets[i].ResolvedAt == nil {
			open++
		}
	}
	return fmt.Sprintf("%d of %d %s still open", open, n, ObjectsLabel(a))
}

// WorstFirst is Members with what is open still before the rest, and of that what is open to most people first.
func WorstFirst(a *alert.Alert) []string {
	if len(a.Buckets) < 2 {
		return Members(a)
	}
	sorted := slices.Clone(a.Buckets)
	slices.SortStableFunc(sorted, func(x, y alert.BucketState) int {
		return cmp.Or(openness(&y)-openness(&x), reachRank(y.Reach)-reachRank(x.Reach))
	})
	all := make([]string, len(sorted))
	for i, b := range sorted {
		all[i] = Bucket(b)
	}
	return all
}

// openness orders the buckets of an alert, those that are closed last.
func openness(b *alert.BucketState) int {
	if b.ResolvedAt != nil {
		return -1
	}
	return slices.Index([]string{"private", "latent", "shared", alert.Unknown, "public"}, b.After) + 1
}

// reachRank orders who can reach a bucket, the fewest first; what is not known is 0.
func reachRank(reach string) int {
	return slices.Index([]string{"service", "vpc", "account", "org", "ip-range", "cross-account", "any-vpc", "any-aws", "internet"}, reach) + 1
}

// Title is the alert's title; that of a failed call says so.
func Title(a *alert.Alert) string {
	title := safetext.Line(a.Title)
	if a.Attempt && !saysFailed(title) {
		return "Failed attempt: " + title
	}
	return title
}

// saysFailed reports whether a title says by itself that nothing was achieved.
func saysFailed(title string) bool {
	title = strings.ToLower(title)
	return slices.ContainsFunc([]string{"attempt", "failed", "denied", "probed", "guessed"}, func(word string) bool { return strings.Contains(title, word) })
}

// Headline gives state, severity, score and object in at most limit bytes, the object cut in its middle:
// "OPEN · CRITICAL 93 · S3 bucket made public by ACL: payroll-exports". A resolved one tells how it ended instead:
// "RESOLVED · charity-run-2026 · public for 3 h 59 m · closed by bob (DeleteBucketPolicy)".
func Headline(a *alert.Alert, limit int) string {
	if a.Status == alert.Resolved {
		front := "RESOLVED · "
		if Exposed(a) {
			front = "RESOLVED MANUALLY · STILL " + strings.ToUpper(a.Exposure.After) + " · "
		}
		object := safetext.Middle(Object(a), max(limit/2-len(front), 24))
		if f := flapping(a); f != "" {
			return safetext.End(front+object+" · "+f+", closed now", limit)
		}
		return safetext.End(front+object+" · "+Closing(a), limit)
	}
	front := fmt.Sprintf("%s · %s %d · ", strings.ToUpper(string(a.Status)), strings.ToUpper(a.Severity.String()), a.Score)
	title, object := Title(a), Object(a)
	if strings.Contains(title, object) {
		return front + safetext.Middle(title, limit-len(front))
	}
	front += safetext.End(title, limit/2) + ": "
	end := ""
	if f := flapping(a); f != "" {
		end = " · " + f
	}
	return front + safetext.Middle(object, limit-len(front)-len(end)) + end
}

// flapping says how often a resource was opened again: "flapping, opened 312 times"; "" of one that was not.
func flapping(a *alert.Alert) string {
	if a.Flapping == nil {
		return ""
	}
	return fmt.Sprintf("flapping, opened %d times", a.Flapping.Opened)
}

// Exposed reports whether an alert was resolved by a person although no event, and no answer of S3, has closed what
// it tells of.
func Exposed(a *alert.Alert) bool {
	if a.Status != alert.Resolved || a.Exposure == nil || a.Attempt || !byPerson(a) {
		return false
	}
	return a.Exposure.After == "public" || a.Exposure.After == "shared"
}

// byPerson reports whether a person resolved the alert: the update that resolved it names no event.
func byPerson(a *alert.Alert) bool {
	for _, u := range slices.Backward(a.Updates) {
		if u.Kind == "resolved" {
			return u.EventID == ""
		}
	}
	return false
}

// Closing tells how a resolved alert ended: "public for 11 m 4 s · closed by bob (PutBucketPublicAccessBlock)"; of one that a
// person resolved while its resource is exposed, by whom.
func Closing(a *alert.Alert) string {
	by := ""
	if a.ResolvedBy != nil && known(*a.ResolvedBy) {
		name, _, _ := strings.Cut(*a.ResolvedBy, " (assumed role ")
		name, _, _ = strings.Cut(name, " (role ") // as alerts were stored before
		by = " by " + safetext.Middle(safetext.Line(name), 60)
	}
	if Exposed(a) {
		return strings.TrimSpace(by)
	}
	closing := lasted(a)
	if a.ResolvedReason != nil && *a.ResolvedReason == alert.BucketDeleted {
		if by != "" {
			closing = by[1:] + " · " + closing
		}
		return alert.BucketDeleted + " · " + closing
	}
	switch {
	case by == "":
	case byPerson(a):
		closing += " · resolved manually" + by
	default:
		closing += " · closed" + by
	}
	if a.ResolvedReason != nil && *a.ResolvedReason != "" && *a.ResolvedReason != "manually" && (by == "" || !strings.HasSuffix(*a.ResolvedReason, by)) {
		closing += " (" + safetext.End(safetext.Line(*a.ResolvedReason), 80) + ")"
	}
	return closing
}

// lasted says for how long a resolved alert was at its widest: "public for 3 h 59 m".
func lasted(a *alert.Alert) string {
	was, since := "open", a.EventTime
	if e := a.Exposure; e != nil {
		if !e.WidestSince.IsZero() {
			since = e.WidestSince
		}
		switch state := cmp.Or(e.Widest, e.After); state {
		case "", "private":
		case "latent":
			was = "blocked public grant"
		case alert.Unknown:
			was = "exposure unknown"
		default:
			was = safetext.Line(state)
		}
	}
	if a.ResolvedAt == nil {
		return was
	}
	return was + " for " + alert.Duration(a.ResolvedAt.Sub(since))
}

// Summary is the alert's summary; of an exposure that is over, in the past tense.
func Summary(a *alert.Alert) string {
	summary := safetext.Line(a.Summary)
	if a.Status == alert.Resolved && a.Exposure != nil && !Exposed(a) {
		return strings.Replace(summary, " can ", " could ", 1)
	}
	return summary
}

// StillExposed says who resolved an alert whose resource is exposed, and that nothing closed it; "" of any other.
func StillExposed(a *alert.Alert) string {
	if !Exposed(a) || a.ResolvedAt == nil {
		return ""
	}
	since := cmp.Or(a.Exposure.WidestSince, a.EventTime)
	text := fmt.Sprintf("Resolved manually %s at %s, after %s. No event has closed the %s.", Closing(a),
		a.ResolvedAt.UTC().Format("2006-01-02 15:04:05 UTC"), alert.Duration(a.ResolvedAt.Sub(since)), ObjectLabel(a))
	if r := a.ResolvedReason; r != nil && *r != "" && *r != "manually" {
		text += " Reason: " + safetext.End(safetext.Line(*r), 300)
	}
	return text
}

// Sentence is the alert in one sentence of at most limit bytes, for phones and screen readers.
func Sentence(a *alert.Alert, limit int) string {
	if a.Status == alert.Resolved {
		front := "RESOLVED "
		if Exposed(a) {
			front = "RESOLVED MANUALLY, STILL " + strings.ToUpper(a.Exposure.After) + ": "
		}
		return safetext.End(fmt.Sprintf("%s%s: %s, %s.", front, Title(a), safetext.Middle(Object(a), 80), strings.ReplaceAll(Closing(a), " · ", ", ")), limit)
	}
	front := fmt.Sprintf("%s %s %d: ", strings.ToUpper(string(a.Status)), a.Severity, a.Score)
	summary := Summary(a)
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
	text := fmt.Sprintf("sensitivity %d/100", a.Sensitivity.Points)
	if a.Sensitivity.Points >= 50 {
		text = fmt.Sprintf("sensitive name (%d/100)", a.Sensitivity.Points)
	}
	if len(a.Sensitivity.Reasons) > 0 {
		text += ": " + safetext.Line(strings.Join(a.Sensitivity.Reasons, "; "))
	}
	return text
}

// Story says of an alert that is one of several what its story is: "4 alerts of h.brandt, critical"; "" of one by itself.
func Story(a *alert.Alert) string {
	s := a.Story
	if s == nil || s.Alerts < 2 {
		return ""
	}
	return fmt.Sprintf("%d alerts of %s, %s", s.Alerts, safetext.Middle(safetext.Line(s.Actor), 80), s.Severity)
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

// Actor names who made the call, the person behind a session first: "d.okafor@example.org (assumed role DevOps)",
// "h.brandt (IAM user)".
func Actor(a *alert.Alert) string {
	name := orUnknown(a.Actor.Name)
	switch kind := actorType(a.Actor.Type); {
	case known(a.Actor.Session) && a.Actor.Session != a.Actor.Name:
		return safetext.Line(a.Actor.Session) + " (assumed role " + name + ")"
	case a.Actor.Type == "AssumedRole":
		return name + " (assumed role)"
	case kind != "":
		return name + " (" + kind + ")"
	default:
		return name
	}
}

// Source tells where the call came from: address, place, network and its owner.
func Source(a *alert.Alert) string {
	s := a.Source
	parts := []string{orUnknown(s.IP)}
	place := "location unknown"
	if known(s.Country) {
		place = safetext.Line(s.Country)
		if known(s.City) {
			place = safetext.Line(s.City) + ", " + place
		}
	}
	network := "network type unknown"
	if known(s.Network) {
		network = networkLabel(s.Network)
		if s.NetworkName != "" {
			network += ` "` + safetext.Line(s.NetworkName) + `"`
		}
	}
	parts = append(parts, place, network)
	if s.ASN != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("AS%d %s", s.ASN, safetext.Line(s.Org))))
	} else if known(s.Org) {
		parts = append(parts, safetext.Line(s.Org))
	}
	if old := stale(s.Missing); old != "" {
		parts = append(parts, "outdated GeoIP data: "+old)
	}
	return strings.Join(parts, " · ")
}

// stale names the data files among what was missing that are older than they should be.
func stale(missing []string) string {
	var files []string
	for _, m := range missing {
		if file, ok := strings.CutSuffix(m, " is outdated"); ok {
			_, file, _ = strings.Cut(file, ": ")
			files = append(files, safetext.Line(file))
		}
	}
	return strings.Join(files, ", ")
}

// Tool is the user agent, as sent.
func Tool(a *alert.Alert) string { return orUnknown(a.Source.UserAgent) }

// GrantLabel says what Grant tells: "Access granted", "Access requested" of a failed call, "API call" of an alert that
// is about no exposure, or about one that no grant made.
func GrantLabel(a *alert.Alert) string {
	switch {
	case a.Exposure == nil || a.Exposure.Grant == "":
		return "API call"
	case a.Attempt:
		return "Access requested"
	default:
		return "Access granted"
	}
}

// Grant says what was given to whom, and what that makes of the resource; of no exposure, which call was made.
func Grant(a *alert.Alert) string {
	e := a.Exposure
	if e == nil {
		call := orUnknown(a.EventName)
		if a.ErrorCode != "" {
			call += " · " + failed(a.ErrorCode)
		}
		return call
	}
	return orUnknown(cmp.Or(e.Grant, a.EventName)) + " · " + Access(a)
}

// Access says what became of who can reach the resource: "private → public: anyone on the internet (unconfirmed)".
func Access(a *alert.Alert) string {
	e := a.Exposure
	access := orUnknown(e.Before)
	if e.Widest != "" && e.Widest != e.Before && e.Widest != e.After {
		access += " → " + safetext.Line(e.Widest)
	}
	if e.After != e.Before || e.After != e.Widest && e.Widest != "" {
		access += " → " + orUnknown(e.After)
	}
	if a.Attempt && e.Attempted != "" {
		access = "not applied; would be " + safetext.Line(e.Attempted)
	}
	if known(e.Reach) && e.Reach != "none" && e.After != "latent" {
		access += ": " + reachLabel(e.Reach)
	}
	if e.Confidence == "unconfirmed" && a.Status != alert.Resolved && !a.Attempt {
		access += " (unconfirmed)"
	}
	return access
}

// Blocks says what blocks the access; "" of an alert that is about no exposure, and of a resolved one that nothing blocks.
func Blocks(a *alert.Alert) string {
	switch {
	case a.Exposure == nil, a.Status == alert.Resolved && len(a.Exposure.Blocks) == 0:
		return ""
	case a.Attempt && a.ErrorCode != "":
		return "The call failed: " + safetext.Line(a.ErrorCode) + ". Nothing changed."
	case len(a.Exposure.Blocks) > 0:
		return safetext.Line(strings.Join(a.Exposure.Blocks, "; "))
	case a.Exposure.Confidence != "unconfirmed":
		return "None"
	case len(a.Exposure.Unseen) > 0:
		return "None seen. Not seen yet: " + safetext.Line(strings.Join(a.Exposure.Unseen, ", "))
	default:
		return "None seen (some settings unknown)"
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
		line += " (" + reachLabel(b.Reach) + ")"
	}
	if b.ResolvedAt != nil {
		line += ", closed after " + alert.Duration(b.ResolvedAt.Sub(b.OpenedAt))
	}
	return line
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
		line.WriteString(" · " + failed(m.Error))
	}
	if len(m.First) > 0 {
		line.WriteString(" · first seen: " + firstLabels(m.First))
	}
	return line.String()
}

// Later says how much came to the alert since its first event, and what came last: "2 updates in the thread. Latest:
// 02:41:10 Update: …"; "" if nothing did. What the summary says already is not said again.
func Later(a *alert.Alert) string {
	later := slices.DeleteFunc(slices.Clone(a.Updates), func(u alert.Update) bool { return u.Kind == "opened" })
	switch len(later) {
	case 0:
		return ""
	case 1:
		if last := latest(a, later[0], ": "); last != "" {
			return "1 update in the thread" + last
		}
		return "1 update in the thread."
	default:
		return fmt.Sprintf("%d updates in the thread.", len(later)+a.Forgotten) + latest(a, later[len(later)-1], " Latest: ")
	}
}

// latest is the update after what leads to it; "" if the alert's summary says the same.
func latest(a *alert.Alert, u alert.Update, lead string) string {
	if text := strings.TrimSuffix(u.Text, "."); text != "" && strings.HasPrefix(a.Summary, text) {
		return ""
	}
	return lead + Update(u, a.EventTime)
}

// Update is one later change of the alert; the date stands with one that was not on the day of the alert.
func Update(u alert.Update, day time.Time) string {
	return clock(u.Time, day) + " " + updateLabel(u.Kind) + ": " + safetext.Line(u.Text)
}

// clock is a time in UTC, with its date unless that is the day's.
func clock(t, day time.Time) string {
	if t, day = t.UTC(), day.UTC(); t.Format(time.DateOnly) == day.Format(time.DateOnly) {
		return t.Format("15:04:05")
	}
	return t.UTC().Format("Jan 2 15:04:05")
}

// Took writes how long something of ours took: as Duration, in tenths of a second below ten.
func Took(d time.Duration) string {
	if d = max(d, 0); d < 10*time.Second {
		return fmt.Sprintf("%.1f s", max(d.Seconds(), 0.1))
	}
	return alert.Duration(d)
}

func known(s string) bool { return s != "" && s != alert.Unknown }

func orUnknown(s string) string {
	if line := safetext.Line(s); line != "" {
		return line
	}
	return alert.Unknown
}
