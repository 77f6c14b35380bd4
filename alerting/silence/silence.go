// Package silence keeps people's wishes not to be paged for a while: which alerts a Silence hides and from when to
// when, who wished so and why, and what it would have hidden had it been there before.
//
// A silence never hides that something happened: an alert it matches is stored, counted and shown as suppressed, and
// if it is still open when the silence ends, it is told then.
package silence

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Silence hides the alerts that all its matchers match, from StartsAt until EndsAt. A matcher left out matches
// everything; at least one is set.
type Silence struct {
	ID       string           `json:"id"`
	Severity []alert.Severity `json:"severity,omitempty"`
	Account  string           `json:"account,omitempty"` // id; patterns with * and ? may be used here and below
	Rule     string           `json:"rule,omitempty"`    // any rule of the alert
	Bucket   string           `json:"bucket,omitempty"`  // every bucket of the alert
	Actor    string           `json:"actor,omitempty"`   // ARN, role ARN, name or session
	Author   string           `json:"author"`
	Comment  string           `json:"comment"`
	StartsAt time.Time        `json:"starts_at"`
	EndsAt   time.Time        `json:"ends_at"`
	EndedBy  string           `json:"ended_by,omitempty"` // who ended it before its time
}

// Active reports whether the silence holds at t.
func (s *Silence) Active(t time.Time) bool { return !t.Before(s.StartsAt) && t.Before(s.EndsAt) }

// Matches reports whether the silence is about the alert.
func (s *Silence) Matches(a *alert.Alert) bool {
	return (len(s.Severity) == 0 || slices.Contains(s.Severity, a.Severity)) &&
		fits(s.Account, a.AccountID) &&
		fits(s.Rule, a.RuleID) && // its worst: a silence on one rule hides nothing worse that another found
		s.matchesBuckets(a) &&
		fits(s.Actor, a.Actor.ARN, a.Actor.Issuer, a.Actor.Name, a.Actor.Session)
}

// matchesBuckets wants every bucket that is still open, so that a silence on one hides none of the others; every bucket
// if all are closed.
func (s *Silence) matchesBuckets(a *alert.Alert) bool {
	if s.Bucket == "" || len(a.Buckets) == 0 {
		return fits(s.Bucket, a.Bucket)
	}
	open := slices.ContainsFunc(a.Buckets, func(b alert.BucketState) bool { return b.ResolvedAt == nil })
	return !slices.ContainsFunc(a.Buckets, func(b alert.BucketState) bool { return open == (b.ResolvedAt == nil) && !fits(s.Bucket, b.Bucket) })
}

// fits reports whether a pattern matches any of the values; no pattern matches all.
func fits(pattern string, values ...string) bool {
	return pattern == "" || slices.ContainsFunc(values, func(v string) bool {
		ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(v, "/", "\x00"))
		return ok && err == nil && v != ""
	})
}

// Suppression is what the alert says while the silence hides it.
func (s *Silence) Suppression() *alert.Suppression {
	return &alert.Suppression{Kind: alert.BySilence, ID: s.ID, By: s.Author, Reason: s.Comment, Until: s.EndsAt}
}

// Matchers says what the silence matches: "severity=high account=1111* bucket=www-*".
func (s *Silence) Matchers() string {
	var parts []string
	for _, severity := range s.Severity {
		parts = append(parts, "severity="+severity.String())
	}
	for _, m := range [][2]string{{"account", s.Account}, {"rule", s.Rule}, {"bucket", s.Bucket}, {"actor", s.Actor}} {
		if m[1] != "" {
			parts = append(parts, m[0]+"="+m[1])
		}
	}
	return strings.Join(parts, " ")
}

const (
	// maxText bounds author and comment, in bytes.
	maxText = 500
	// longest is the longest a silence may last: what is to be hidden for ever is a matter of the settings.
	longest = 366 * 24 * time.Hour
)

// Check tells what is wrong with a silence that somebody wants to add; nil if nothing is.
func (s *Silence) Check(now time.Time) error {
	for name, pattern := range map[string]string{"account": s.Account, "rule": s.Rule, "bucket": s.Bucket, "actor": s.Actor} {
		if _, err := path.Match(pattern, ""); err != nil || len(pattern) > maxText {
			return fmt.Errorf("%s must be a pattern of at most %d bytes, with every [ closed or escaped with \\", name, maxText)
		}
	}
	switch {
	case len(s.Severity) == 0 && s.Account+s.Rule+s.Bucket+s.Actor == "":
		return errors.New("the silence matches everything; give at least one of severity, account, rule, bucket and actor")
	case s.Author == "" || len(s.Author) > maxText:
		return fmt.Errorf("author is required and must be at most %d bytes", maxText)
	}
	if err := CheckReason("comment", s.Comment); err != nil {
		return err
	}
	switch {
	case !s.EndsAt.After(s.StartsAt) || !s.EndsAt.After(now):
		return errors.New("the end is not after the start and now; give a later ends_at, or a duration such as 2h")
	default:
		return CheckLength(s.EndsAt.Sub(s.StartsAt))
	}
}

// CheckReason tells what is wrong with the reason that somebody gives for keeping something quiet; nil if nothing is.
func CheckReason(name, reason string) error {
	if strings.TrimSpace(reason) == "" || len(reason) > maxText {
		return fmt.Errorf("%s is required and must be at most %d bytes", name, maxText)
	}
	return nil
}

// CheckLength tells what is wrong with how long something is to be kept quiet; nil if nothing is.
func CheckLength(length time.Duration) error {
	if length <= 0 || length > longest {
		return errors.New("the time must be more than 0 and at most 366 days, for example 2h")
	}
	return nil
}

// Find gives the first active silence that matches the alert; nil if there is none.
func Find(all []Silence, a *alert.Alert, now time.Time) *Silence {
	for i := range all {
		if all[i].Active(now) && all[i].Matches(a) {
			return &all[i]
		}
	}
	return nil
}

// WouldHide reports whether the silence would have hidden an alert that had an event since then.
func (s *Silence) WouldHide(a *alert.Alert, since time.Time) bool {
	return !a.LastSeen.Before(since) && s.Matches(a)
}

// Like makes a silence for alerts such as this one, and no more severe: of the same account and rule, and on the same
// bucket; by the same actor if it is about several buckets or none.
func Like(a *alert.Alert, author, comment string, now time.Time, length time.Duration) Silence {
	s := Silence{Account: literal(a.AccountID), Rule: literal(a.RuleID), Author: author, Comment: comment, StartsAt: now, EndsAt: now.Add(length)}
	for _, severity := range alert.Severities() {
		if severity <= a.Severity {
			s.Severity = append(s.Severity, severity)
		}
	}
	switch {
	case a.Bucket != "" && len(a.Buckets) < 2:
		s.Bucket = literal(a.Bucket)
	case a.Actor.ARN != alert.Unknown:
		s.Actor = literal(a.Actor.ARN)
	}
	return s
}

// literal is the pattern that matches just the text.
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(text)
}
