package notify

import (
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// longestWait is how long a notification waits for more urgent ones before every second turn is the oldest's.
const longestWait = 2 * time.Minute

// urgency chooses which of the notifications that wait is next: what is open before what has ended, critical before
// low, older before newer. Nothing waits longer for this order than longestWait. What was passed by the others has every
// second turn at most.
type urgency struct {
	oldest bool // the last choice was the oldest's
	again  bool // the last choice was one that had been passed by
}

// next is the index of the next notification of a window; -1 if all of them wait for another attempt.
func (u *urgency) next(window []item, passed map[string]attempts, now time.Time) int {
	best, first, again := -1, -1, -1
	for i := range window {
		tried := passed[window[i].id()].until
		switch {
		case window[i].result != "":
		case window[i].delivery.Restarted:
			return i // begins the subject anew
		case !tried.IsZero():
			if again < 0 && !tried.After(now) {
				again = i
			}
		case first < 0:
			first, best = i, i
		case window[i].rank() > window[best].rank():
			best = i
		}
	}
	if u.again = again >= 0 && (best < 0 || !u.again); u.again {
		return again
	}
	u.oldest = best >= 0 && !u.oldest && now.Sub(window[first].delivery.Time) > longestWait
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
