package cloudtrail

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
)

// Time is the event's time in Unix milliseconds, UTC, always later than 1970-01-01; ok is false when it cannot be
// read. It takes what CloudTrail writes and what exports make of it: RFC 3339 with the offset in any spelling or
// left out (UTC then), a space instead of the T, the compact form of ISO 8601, and seconds, milliseconds,
// microseconds or nanoseconds since 1970 as number or text. Zero, 1970-01-01 and year 1 are what programs write
// for a time they do not know.
func (h *Header) Time() (unixMilli int64, ok bool) {
	ms, ok := secondsUTC(h.EventTime)
	if !ok {
		ms, ok = exportedTime(bytes.TrimSpace(h.EventTime))
	}
	if !ok || ms <= 0 {
		return 0, false
	}
	return ms, true
}

// maxTimeText is the length of the longest form, 2006-01-02 15:04:05.999999999 +0000 UTC.
const maxTimeText = 40

// exportedTime reads the forms that others than CloudTrail write.
func exportedTime(s []byte) (unixMilli int64, ok bool) {
	if len(s) < len("1000000000") || len(s) > maxTimeText {
		return 0, false
	}
	text := string(s)
	if strings.Trim(text, "0123456789.eE+") == "" {
		if t, err := time.Parse("20060102150405", text); err == nil {
			return t.UnixMilli(), true
		}
		return sinceEpoch(text)
	}
	text = plainTime(text)
	for _, layout := range [...]string{"2006-01-02T15:04:05", "2006-01-02T15:04", "20060102T150405", "20060102T1504"} {
		for _, zone := range [...]string{"Z07:00", "Z0700", "Z07"} {
			if t, err := time.Parse(layout+zone, text); err == nil && t.UTC().Year() <= 9999 { // other years have no JSON
				return t.UnixMilli(), true
			}
		}
	}
	return 0, false
}

// plainTime brings the spellings of a time into one: a T between date and time, and the offset right behind it.
func plainTime(text string) string {
	text = strings.ToUpper(text)
	for _, name := range [...]string{"UTC", "GMT"} {
		text = strings.TrimSpace(strings.TrimSuffix(text, name))
	}
	if i := strings.IndexAny(text, " T"); i > 0 {
		text = text[:i] + "T" + strings.ReplaceAll(text[i+1:], " ", "")
		if !strings.ContainsAny(text[i:], "Z+-") {
			text += "Z"
		}
	}
	return text
}

// sinceEpoch reads a number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their
// size: each unit covers the years from 2001 (seconds) or 1973 to 5138.
func sinceEpoch(text string) (unixMilli int64, ok bool) {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || n < 1e9 || n >= 1e20:
		return 0, false
	case n < 1e11:
		n *= 1e3
	case n < 1e14:
	case n < 1e17:
		n /= 1e3
	default:
		n /= 1e6
	}
	return int64(math.Round(n)), true
}

// secondsUTC reads the one form CloudTrail writes, 2006-01-02T15:04:05Z, without the cost of time.Parse.
func secondsUTC(s []byte) (unixMilli int64, ok bool) {
	if len(s) != 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != 'Z' {
		return 0, false
	}
	century, year, month, day := pair(s[0:]), pair(s[2:]), pair(s[5:]), pair(s[8:])
	hour, minute, second := pair(s[11:]), pair(s[14:]), pair(s[17:])
	if century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(century*100+year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, false
	}
	seconds := (daysSince1970(century*100+year, month, day)*24+hour)*60 + minute
	return int64(seconds*60+second) * 1000, true
}

// pair is the number of two digits, or negative.
func pair(s []byte) int {
	tens, units := int(s[0])-'0', int(s[1])-'0'
	if tens < 0 || tens > 9 || units < 0 || units > 9 {
		return -1
	}
	return tens*10 + units
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// daysSince1970 counts in years that begin in March, so that the leap day is the last of its year.
func daysSince1970(year, month, day int) int {
	month -= 2
	if month <= 0 {
		month += 12
		year--
	}
	return year/4 - year/100 + year/400 + 367*month/12 + day + year*365 - 719499
}
