package silence

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Hidden is what one silence hid.
type Hidden struct {
	Silence Silence `json:"silence"`
	Alerts  int     `json:"alerts"`
	Open    int     `json:"open"` // of these: somebody may still have to act
}

// Report counts what the silences hid since then, leaving out those that hid nothing.
func Report(all []Silence, alerts []*alert.Alert, since time.Time) []Hidden {
	var out []Hidden
	for _, s := range all {
		h := Hidden{Silence: s}
		for _, a := range alerts {
			if !slices.Contains(a.SilencedBy, s.ID) || !suppressedSince(a, since) {
				continue
			}
			h.Alerts++
			if a.Status != alert.Resolved {
				h.Open++
			}
		}
		if h.Alerts > 0 {
			out = append(out, h)
		}
	}
	return out
}

func suppressedSince(a *alert.Alert, since time.Time) bool {
	return slices.ContainsFunc(a.Updates, func(u alert.Update) bool { return u.Kind == "suppressed" && !u.Time.Before(since) })
}

// Line says what the silence hid.
func (h *Hidden) Line() string {
	return fmt.Sprintf("Silence %s by %s (%s): %d suppressed, %d still open", h.Silence.ID, h.Silence.Author, h.Silence.Comment, h.Alerts, h.Open)
}

// Line is a report in one line.
func Line(report []Hidden) string {
	if len(report) == 0 {
		return "no alerts suppressed by silences"
	}
	parts := make([]string, 0, len(report))
	for i := range report {
		parts = append(parts, report[i].Line())
	}
	return strings.Join(parts, "; ")
}
