package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Span is a part of the week: "22:00-06:00", "sat,sun", "mon-fri 18:00-24:00". One that ends before it begins goes on
// into the next day, and counts to the day on which it began.
type Span struct {
	days     [7]bool // by time.Weekday
	from, to int     // minutes of the day; to may be 1440
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) error {
	*s = Span{days: [7]bool{true, true, true, true, true, true, true}, to: 24 * 60}
	parts := strings.Fields(strings.ToLower(string(text)))
	if len(parts) == 2 || len(parts) == 1 && !strings.Contains(parts[0], ":") {
		if !s.readDays(parts[0]) {
			return errSpan(text)
		}
		parts = parts[1:]
	}
	if len(parts) == 1 {
		from, to, ok := strings.Cut(parts[0], "-")
		var fromOK, toOK bool
		s.from, fromOK = minutes(from)
		s.to, toOK = minutes(to)
		if !ok || !fromOK || !toOK || s.from == s.to {
			return errSpan(text)
		}
		parts = nil
	}
	if len(parts) > 0 || len(text) == 0 {
		return errSpan(text)
	}
	return nil
}

func errSpan(text []byte) error {
	return fmt.Errorf("%q is no part of a week: write it like 22:00-06:00, sat,sun or mon-fri 18:00-24:00", text)
}

// readDays reads days and ranges of days with commas between them.
func (s *Span) readDays(text string) bool {
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	s.days = [7]bool{}
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(names, first), slices.Index(names, last)
		if from < 0 || to < 0 {
			return false
		}
		for day := from; ; day = (day + 1) % 7 {
			s.days[day] = true
			if day == to {
				break
			}
		}
	}
	return true
}

func minutes(text string) (int, bool) {
	if text == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

// holds reports whether t, in its own zone, is within the span.
func (s *Span) holds(t time.Time) bool {
	minute, day := t.Hour()*60+t.Minute(), t.Weekday()
	if s.from < s.to {
		return s.days[day] && minute >= s.from && minute < s.to
	}
	return s.days[day] && minute >= s.from || s.days[(day+6)%7] && minute < s.to
}

// muted reports whether the route tells nobody at t.
func (r *Route) muted(t time.Time) bool {
	zone, err := time.LoadLocation(r.MuteZone)
	return err == nil && slices.ContainsFunc(r.Mute, func(s Span) bool { return s.holds(t.In(zone)) })
}

// Clocked routes by the time of now: a route that is muted tells nobody new.
type Clocked struct {
	Config
	Now func() time.Time
}

// Route implements the routing of the alerting stage.
func (c Clocked) Route(a *alert.Alert) Routing { return c.RouteAt(a, c.Now()) }

// Muted names the routes that are muted now; the text changes when one begins or ends to be.
func (c Clocked) Muted() string {
	var all []string
	for i := range c.Routes {
		if c.Routes[i].muted(c.Now()) {
			all = append(all, fmt.Sprint(i+1))
		}
	}
	return strings.Join(all, ",")
}
