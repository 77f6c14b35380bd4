package alert

import (
	"fmt"
	"time"
)

// Duration writes a time span for people, in its two largest units, whole units alone: "11 m 4 s", "3 h 20 m", "7 d".
func Duration(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	s, m, h := int(d.Seconds())%60, int(d.Minutes())%60, int(d.Hours())
	two := func(large int, unit string, small int, rest string) string {
		if small == 0 {
			return fmt.Sprintf("%d %s", large, unit)
		}
		return fmt.Sprintf("%d %s %d %s", large, unit, small, rest)
	}
	switch {
	case h >= 24:
		return two(h/24, "d", h%24, "h")
	case h > 0:
		return two(h, "h", m, "m")
	case m > 0:
		return two(m, "m", s, "s")
	default:
		return fmt.Sprintf("%d s", s)
	}
}
