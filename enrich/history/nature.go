package history

import (
	"math/bits"
	"strings"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// What tells machines from people by behaviour: people sleep, rest some days, and type slowly.
const (
	natureEvents  = 200  // fewer say nothing
	machineHours  = 20   // hours of the day, of 24, with activity
	personHours   = 13   // at most
	machineADay   = 5000 // events on an active day
	personADay    = 1500
	personMinDays = 3
)

// nature judges whether a person or a machine acts: by what the identity proves, then by behaviour. What the
// client calls itself is not asked: anybody can set it.
func nature(who cloudtrail.Actor, a *actor) Nature {
	switch {
	case who.Service:
		return Automation
	case who.Human, who.Type == "Root":
		return Human
	case who.Issuer != "" && isInstance(who.Session):
		return Automation
	case a == nil || a.events < natureEvents:
		return Unclear
	}
	hours, aDay := bits.OnesCount32(a.hours), a.events/uint64(max(a.days, 1))
	switch {
	case aDay >= machineADay, hours >= machineHours && a.weekdays == 1<<7-1:
		return Automation
	case hours <= personHours && aDay <= personADay && a.days >= personMinDays && who.Issuer == "":
		return Human
	}
	return Unclear
}

// isInstance reports whether a role session is an EC2 instance's, which is named by its id.
func isInstance(session string) bool {
	id, ok := strings.CutPrefix(session, "i-")
	return ok && (len(id) == 8 || len(id) == 17) && strings.Trim(id, "0123456789abcdef") == ""
}
