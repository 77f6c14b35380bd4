package notify

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Routes are tried in order; the first that matches decides, unless it says `continue: true`.
type Routes []Route

// Route leads the alerts that match all its conditions to its receivers. A condition left out matches
// everything, except that info is only matched by a route whose severity list names it.
type Route struct {
	Severity Several[alert.Severity] `yaml:"severity"`
	Account  Several[string]         `yaml:"account"` // ids; patterns with * and ? may be used in these three
	Rule     Several[string]         `yaml:"rule"`
	Bucket   Several[string]         `yaml:"bucket"`  // any bucket of the alert
	Attempt  *bool                   `yaml:"attempt"` // true: refused calls only; false: none of them; absent: both
	// Suppressed leads expected and silenced alerts here, and only those: shown, never paged. Without, none of them.
	Suppressed bool `yaml:"suppressed"`
	// Mute are the parts of the week in which the route tells nobody; what is still open after them is told then.
	Mute      Several[Span] `yaml:"mute"`
	MuteZone  string        `yaml:"mute_zone"` // of Mute, like Europe/Berlin; empty: UTC
	Receivers []string      `yaml:"receivers"`
	Continue  bool          `yaml:"continue"`
}

// Several is a list that may be written as one value when there is only one.
type Several[T any] []T

// UnmarshalYAML reads a list or a single value.
func (s *Several[T]) UnmarshalYAML(unmarshal func(any) error) error {
	var many []T
	err := unmarshal(&many)
	if err == nil {
		*s = many
		return nil
	}
	var one T
	if unmarshal(&one) != nil {
		return err
	}
	*s = Several[T]{one}
	return nil
}

// Routing is where an alert goes, and why.
type Routing struct {
	Receivers []string // in order, each once
	Muted     []string // that would be among them at another time
	Steps     []string // one sentence a route or receiver that had a say
}

// Match gives the receivers that the routes lead the alert to, each once, in the order of the routes.
func (r Routes) Match(a *alert.Alert) []string { return r.walk(a, time.Time{}).Receivers }

// Route applies the routes and the receivers' own minimum severities, whatever the time.
func (c Config) Route(a *alert.Alert) Routing { return c.RouteAt(a, time.Time{}) }

// RouteAt is Route at a time, at which routes may be muted.
func (c Config) RouteAt(a *alert.Alert, now time.Time) Routing {
	w := c.Routes.walk(a, now)
	kept := w.Receivers[:0:0]
	for _, name := range w.Receivers {
		i := slices.IndexFunc(c.Receivers, func(r Receiver) bool { return r.Name == name })
		if i >= 0 && a.Severity < c.Receivers[i].MinSeverity {
			w.Steps = append(w.Steps, fmt.Sprintf("receiver %s is told nothing below %s", name, c.Receivers[i].MinSeverity))
			continue
		}
		kept = append(kept, name)
	}
	w.Receivers = kept
	return w
}

func (r Routes) walk(a *alert.Alert, now time.Time) Routing {
	var w Routing
	for i := range r {
		route := &r[i]
		if mismatch := route.mismatch(a); mismatch != "" {
			w.Steps = append(w.Steps, fmt.Sprintf("route %d passed by: %s", i+1, mismatch))
			continue
		}
		step, told := fmt.Sprintf("route %d matched: %s", i+1, strings.Join(route.Receivers, ", ")), &w.Receivers
		if !now.IsZero() && route.muted(now) {
			step, told = fmt.Sprintf("route %d matched, but is muted now", i+1), &w.Muted
		}
		for _, name := range route.Receivers {
			if !slices.Contains(*told, name) {
				*told = append(*told, name)
			}
		}
		if !route.Continue {
			w.Steps = append(w.Steps, step)
			return w
		}
		w.Steps = append(w.Steps, step+", and the next routes are tried")
	}
	if len(w.Receivers)+len(w.Muted) == 0 {
		w.Steps = append(w.Steps, "no route matched: recorded and shown, told to nobody")
	}
	return w
}

// mismatch names the first condition that does not hold; "" when all do.
func (r *Route) mismatch(a *alert.Alert) string {
	switch {
	case r.Suppressed != (a.Status == alert.Suppressed):
		return fmt.Sprintf("status is %s", cmp.Or(a.Status, alert.Open))
	case len(r.Severity) == 0 && a.Severity == alert.Info && !r.Suppressed:
		return "info is told only where a route names it"
	case len(r.Severity) > 0 && !slices.Contains(r.Severity, a.Severity):
		return fmt.Sprintf("severity is %s", a.Severity)
	case !matches(r.Account, a.AccountID):
		return fmt.Sprintf("account is %q", a.AccountID)
	case !matches(r.Rule, a.RuleID) && !slices.ContainsFunc(a.Rules, func(id string) bool { return matches(r.Rule, id) }):
		return fmt.Sprintf("rule is %q", a.RuleID)
	case !r.matchesBucket(a):
		return fmt.Sprintf("bucket is %q", a.Bucket)
	case r.Attempt != nil && *r.Attempt != a.Attempt:
		return fmt.Sprintf("attempt is %t", a.Attempt)
	default:
		return ""
	}
}

func (r *Route) matchesBucket(a *alert.Alert) bool {
	return matches(r.Bucket, a.Bucket) ||
		slices.ContainsFunc(a.Buckets, func(b alert.BucketState) bool { return matches(r.Bucket, b.Bucket) })
}

// matches reports whether any pattern matches the value, or there is none.
func matches(patterns []string, value string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, value)
		return ok && err == nil
	})
}

// catchesAll reports whether no alert that came so far goes past the route.
func (r *Route) catchesAll() bool {
	return !r.Continue && !r.Suppressed && len(r.Severity)+len(r.Account)+len(r.Rule)+len(r.Bucket) == 0 && r.Attempt == nil
}

// receivers is the set of names any route leads to.
func (r Routes) receivers() map[string]bool {
	used := map[string]bool{}
	for _, route := range r {
		for _, name := range route.Receivers {
			used[name] = true
		}
	}
	return used
}

func (r Routes) validate(names map[string]bool, report func(path, problem string)) {
	closedBy := -1
	for i, route := range r {
		where := fmt.Sprintf("routes[%d]", i)
		if closedBy >= 0 && !route.Suppressed && !slices.Contains(route.Severity, alert.Info) {
			report(where, fmt.Sprintf("is never reached: routes[%d] takes everything; move it up, or set continue there", closedBy))
		}
		if closedBy < 0 && route.catchesAll() {
			closedBy = i
		}
		if len(route.Receivers) == 0 {
			report(where+".receivers", "is empty; name at least one receiver")
		}
		for j, name := range route.Receivers {
			if !names[name] {
				report(fmt.Sprintf("%s.receivers[%d]", where, j), fmt.Sprintf("there is no receiver %q; add it to receivers or correct the name", name))
			}
		}
		if _, err := time.LoadLocation(route.MuteZone); err != nil {
			report(where+".mute_zone", "is no time zone; write it like Europe/Berlin, or leave it out for UTC")
		}
		validatePatterns(where+".account", route.Account, report)
		validatePatterns(where+".rule", route.Rule, report)
		validatePatterns(where+".bucket", route.Bucket, report)
	}
}

func validatePatterns(where string, patterns []string, report func(path, problem string)) {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			report(where, fmt.Sprintf("%q is no pattern; close the [ or escape it with \\", p))
		}
	}
}
