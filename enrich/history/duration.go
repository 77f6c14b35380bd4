package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time that is written with days as well: "90d", "36h", "1d12h".
type Duration time.Duration

const day = 24 * time.Hour

// UnmarshalText reads what time.ParseDuration reads, optionally after a whole number of days.
func (d *Duration) UnmarshalText(text []byte) error {
	rest := string(text)
	var days time.Duration
	if number, after, found := strings.Cut(rest, "d"); found {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			return fmt.Errorf("duration %q: want a number of days before \"d\", like 90d or 1d12h", text)
		}
		days, rest = time.Duration(n)*day, after
		if rest == "" {
			rest = "0s"
		}
	}
	part, err := time.ParseDuration(rest)
	if err != nil || part < 0 && days > 0 {
		return fmt.Errorf("duration %q: want something like 90d, 36h or 1d12h", text)
	}
	*d = Duration(days + part)
	return nil
}

// MarshalText writes the form UnmarshalText reads, in days where they are whole.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String is the text of MarshalText.
func (d Duration) String() string {
	t := time.Duration(d)
	if t < day {
		return t.String()
	}
	days, rest := t/day, t%day
	if rest == 0 {
		return fmt.Sprintf("%dd", days)
	}
	return fmt.Sprintf("%dd%s", days, rest)
}
