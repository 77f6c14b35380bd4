package cloudtrail

import "time"

// Header is what the hot path reads of a record, by Scan. Every slice aliases the raw record, or the header's
// own scratch where the text held escapes; all are valid only until the raw record or the header is reused.
type Header struct {
	EventID, EventName, EventSource, EventTime   []byte
	EventCategory, Region, SourceIP, UserAgent   []byte
	ErrorCode, ErrorMessage, RecipientAccountID  []byte
	Bucket                                       []byte // requestParameters.bucketName, or access points' bucket
	Type, PrincipalID, ARN, AccountID, UserName  []byte // of userIdentity
	InvokedBy, IssuerType, IssuerARN, IssuerName []byte // of userIdentity
	OnBehalfOf                                   []byte // userIdentity.onBehalfOf.userId
	scratch                                      []byte
}

// Account is the account whose trail recorded the event, else the caller's; empty if neither is known. For
// the owner of a bucket under a call from another account see Record.OwnerAccount.
func (h *Header) Account() []byte {
	if len(h.RecipientAccountID) > 0 {
		return h.RecipientAccountID
	}
	if isAccountID(h.AccountID) {
		return h.AccountID
	}
	return nil
}

// CanarySource is the eventSource of the daemon's own test events. AWS has no service of that name.
const CanarySource = "canary.trailwarden"

// Canary reports whether the record is such a test event, or a forged one: never anything that happened.
func (h *Header) Canary() bool { return string(h.EventSource) == CanarySource }

// Failed reports whether the call did not succeed. A refused console sign-in carries a message and no code.
func (h *Header) Failed() bool { return len(h.ErrorCode) > 0 || len(h.ErrorMessage) > 0 }

// Service reports whether an AWS service acted for itself.
func (h *Header) Service() bool {
	return string(h.Type) == "AWSService" || len(h.Type) == 0 && len(h.ARN) == 0 && len(h.InvokedBy) > 0
}

// Time is the event's time in Unix milliseconds, UTC; ok is false when it cannot be read.
func (h *Header) Time() (unixMilli int64, ok bool) {
	if ms, ok := secondsUTC(h.EventTime); ok {
		return ms, true
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, string(h.EventTime)); err == nil && t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 {
			return t.UnixMilli(), true // other years have no JSON
		}
	}
	return 0, false
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

// isAccountID reports whether s is a 12-digit account number, rather than ANONYMOUS_PRINCIPAL or a service.
func isAccountID[T string | []byte](s T) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
