package notify

import (
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// longestWait is how long a notification waits for more urgent ones before every second turn is the oldest's.
const longestWait = 2 * time.Minute

// urgency chooses which of the notifications that wait is next: what is open before what has ended, critical before
// low, older before newer. Nothing waits longer for this order than longestWait.
type urgency struct {
	oldest bool // the last choice was the oldest's
}

// next is the index of the next notification of a window that holds at least one that waits.
func (u *urgency) next(window []item, now time.Time) int {
	best, first := -1, -1
	for i := range window {
		switch {
		case window[i].result != "":
			continue
		case window[i].delivery.Restarted:
			return i // begins the subject anew
		case first < 0:
			first = i
		}
		if best < 0 || window[i].rank() > window[best].rank() {
			best = i
		}
	}
	u.oldest = !u.oldest && now.Sub(window[first].delivery.Time) > longestWait
	if u.oldest {
		return first
	}
	return best
}

// rank orders notifications by what they say of their alert; what is no alert counts as an open one of high severity.
func (i *item) rank() int {
	switch {
	case i.AlertID == "":
		return int(alert.High) + 1
	case i.Ended:
		return 0
	default:
		return int(i.Severity) + 1
	}
}
