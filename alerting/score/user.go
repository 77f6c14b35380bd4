package score

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// user judges the deed by who did it: what is usual for them, and what they are.
func (c Config) user(in Input) []factor {
	h := in.Facts.History
	all := c.habits(in)
	if h.Travel != nil {
		all = append(all, flag(travelFactor, c.Weights.Travel, fmt.Sprintf("impossible travel: %.0f km from %s to %s in %s",
			h.Travel.Kilometre, h.Travel.From, h.Travel.To, alert.Duration(h.Travel.Between.Round(time.Minute)))))
	}
	moved := movedMachine(in.Facts)
	if moved {
		all = append(all, factor{
			Factor: alert.Factor{Name: machineMovedFactor, Points: c.Weights.MachineMoved, Detail: fmt.Sprintf(
				"workload credentials used from a new %s network: possibly stolen", in.Facts.Address.Network.Kind)},
			floor: alert.High, why: "a machine calling from a rented or hidden network it never used is never below high",
		})
	}
	if h.Expected && !moved && h.Travel == nil && (!hides(in.Facts) || settled(h)) {
		all = append(all, flag(automationExpectedFactor, c.Weights.AutomationExpected,
			fmt.Sprintf("call declared as expected for %s", h.Declared)))
	}
	if in.Root {
		all = append(all, c.root(in))
	}
	if len(h.Burst) > 0 && !in.Burst && !h.Beginning {
		b := h.Burst[0]
		all = append(all, flag(burstFactor, c.Weights.Burst,
			fmt.Sprintf("%d %s calls in %s (usual: %.1f)", b.Count, b.Kind, alert.Duration(b.Window), b.Usual)))
	}
	return all
}

// habits compares the event with what is known of the user.
func (c Config) habits(in Input) []factor {
	h := in.Facts.History
	switch {
	case !h.Known && h.Learning:
		return []factor{flag(userFactor, 0, "no history yet: still learning (not scored)")}
	case !h.Known:
		return []factor{flag(userNewFactor, c.Weights.UserNew, "first activity of this user")}
	case h.Learning:
		return []factor{flag(userFactor, 0, "too little history to call anything unusual (not scored)")}
	}
	var all []factor
	if points, firsts := c.unusual(h); points > 0 {
		all = append(all, flag(userUnusualFactor, points, strings.Join(firsts, ", ")))
	}
	if h.Dormant > 0 {
		all = append(all, flag(userDormantFactor, c.Weights.UserDormant,
			fmt.Sprintf("first activity after %d days", int(h.Dormant.Hours()/24))))
	}
	if familiar(h) {
		all = append(all, flag(userFamiliarFactor, c.Weights.UserFamiliar,
			fmt.Sprintf("known user since %s; usual location and user agent", h.FirstSeen.Format(time.DateOnly))))
	}
	return all
}

// first is something an event can show for the first time of its user: how much it counts, alone and where
// others of the same role do it, and how it is said.
type first struct {
	name         string
	alone, peers int
	words        string
}

// firsts are out of usualWhole; the new country has a factor of its own.
func firsts() []first {
	return []first{
		{"call", 5, 2, "API call"},
		{"service", 4, 2, "service"},
		{"network", 4, 4, "network type"},
		{"account", 4, 4, "account"},
		{"asn", 3, 3, "network owner"},
		{"user_agent", 3, 3, "user agent"},
		{"region", 3, 3, "Region"},
		{"bucket", 2, 1, "bucket"},
		{"hour", 2, 2, "time of day"},
	}
}

const usualWhole = 12

// unusual adds up what is new for the user, at most to the factor's weight.
func (c Config) unusual(h history.Snapshot) (points int, words []string) {
	sum := 0
	for _, f := range firsts() {
		if !slices.Contains(h.First, f.name) {
			continue
		}
		words = append(words, f.words)
		if h.PeerCalls > 0 {
			sum += f.peers
		} else {
			sum += f.alone
		}
	}
	return min(sum, usualWhole) * c.Weights.UserUnusual / usualWhole, words
}

// familiar reports whether nothing of place and tool is new, and nothing else is odd about the user's being there.
func familiar(h history.Snapshot) bool {
	if h.Dormant > 0 || h.Travel != nil {
		return false
	}
	return !slices.ContainsFunc(h.First, func(name string) bool {
		return slices.Contains([]string{"country", "network", "asn", "user_agent", "service", "region", "account"}, name)
	})
}

// settled reports whether the user is known from this very network and country.
func settled(h history.Snapshot) bool {
	return h.Known && !h.Learning && !slices.ContainsFunc(h.First, func(name string) bool {
		return name == "network" || name == "asn" || name == "country"
	})
}

// movedMachine reports whether a machine with a known habitat calls from a network where its credentials could
// only have been carried.
func movedMachine(f enrich.Facts) bool {
	h := f.History
	return h.Nature == history.Automation && h.Known && !h.Learning && hides(f) && slices.Contains(h.First, "network")
}

func hides(f enrich.Facts) bool { return f.Address.Network.Kind.Hides() }

// root is the factor of the root user, who hardly ever has anything to do.
func (c Config) root(in Input) factor {
	f := flag(rootFactor, c.Weights.Root, "root user (full access)")
	if newToRoot(in.Facts) {
		f.floor, f.why = alert.Critical, "the root user from a new country is never below critical"
	}
	return f
}

// newToRoot reports whether the country is one the root user is not to be expected in.
func newToRoot(f enrich.Facts) bool {
	h, a := f.History, f.Address
	if a.Place.Country == "" || a.Network.Kind == network.Corporate {
		return false
	}
	unseen := h.Known && slices.Contains(h.First, "country") || !h.Known && a.Home != enrich.HomeYes
	return a.Home == enrich.HomeNo || !h.Learning && unseen
}
