package sigma

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// outcome is what can be said of a test before the record is decoded.
type outcome int8

const (
	fails  outcome = -1
	maybe  outcome = 0
	passes outcome = 1
)

// guess says by a record's header and its raw text what becomes of a test, if that decides it. It does not allocate for
// plain ASCII text. A nil guess is always maybe.
type guess func(h *cloudtrail.Header, raw []byte) outcome

func (g guess) of(h *cloudtrail.Header, raw []byte) outcome {
	if g == nil {
		return maybe
	}
	return g(h, raw)
}

// all is the guess for tests that must all pass.
func all(parts []expr) guess {
	return func(h *cloudtrail.Header, raw []byte) outcome {
		least := passes
		for i := range parts {
			if least = min(least, parts[i].guess.of(h, raw)); least == fails {
				return fails
			}
		}
		return least
	}
}

// anyOf is the guess for tests one of which must pass.
func anyOf(parts []expr) guess {
	return func(h *cloudtrail.Header, raw []byte) outcome {
		most := fails
		for i := range parts {
			if most = max(most, parts[i].guess.of(h, raw)); most == passes {
				return passes
			}
		}
		return most
	}
}

func (g guess) not() guess {
	return func(h *cloudtrail.Header, raw []byte) outcome { return -g.of(h, raw) }
}

// headerField is where the header keeps a field of the record; nil for a field it does not keep.
func headerField(path string) func(h *cloudtrail.Header) []byte {
	switch path {
	case "eventName":
		return func(h *cloudtrail.Header) []byte { return h.EventName }
	case "eventSource":
		return func(h *cloudtrail.Header) []byte { return h.EventSource }
	case "awsRegion":
		return func(h *cloudtrail.Header) []byte { return h.Region }
	case "eventCategory":
		return func(h *cloudtrail.Header) []byte { return h.EventCategory }
	case "userAgent":
		return func(h *cloudtrail.Header) []byte { return h.UserAgent }
	case "sourceIPAddress":
		return func(h *cloudtrail.Header) []byte { return h.SourceIP }
	case "errorCode":
		return func(h *cloudtrail.Header) []byte { return h.ErrorCode }
	case "errorMessage":
		return func(h *cloudtrail.Header) []byte { return h.ErrorMessage }
	case "userIdentity.type":
		return func(h *cloudtrail.Header) []byte { return h.Type }
	case "userIdentity.arn":
		return func(h *cloudtrail.Header) []byte { return h.ARN }
	case "userIdentity.userName":
		return func(h *cloudtrail.Header) []byte { return h.UserName }
	case "userIdentity.invokedBy":
		return func(h *cloudtrail.Header) []byte { return h.InvokedBy }
	case "userIdentity.sessionContext.sessionIssuer.type":
		return func(h *cloudtrail.Header) []byte { return h.IssuerType }
	default:
		return nil
	}
}

// guessValue is the guess for comparing a field with a value. A field of the header decides by its text, and by its
// absence; any other only if the value's text stands nowhere in the record.
func guessValue(path string, match matcher) guess {
	field := headerField(path)
	if field == nil {
		return guessText(match.text)
	}
	return func(h *cloudtrail.Header, _ []byte) outcome {
		switch text := field(h); {
		case !h.Plain():
			return maybe
		case text != nil && match.matchBytes(text):
			return passes
		default:
			return fails
		}
	}
}

// guessNull is the guess for a field that must be absent or null.
func guessNull(path string) guess {
	field := headerField(path)
	if field == nil {
		return nil
	}
	return func(h *cloudtrail.Header, _ []byte) outcome {
		switch {
		case !h.Plain():
			return maybe
		case field(h) == nil:
			return passes
		default:
			return fails
		}
	}
}

// guessText is the guess for text that must stand somewhere in the record, in any letter case: where the record has no
// escapes, it stands there as it is. Text that JSON may write otherwise says nothing.
func guessText(lower string) guess {
	if len(lower) < 3 || strings.ContainsFunc(lower, func(r rune) bool {
		return r >= 0x80 || r != '-' && r != '_' && r != '.' && r != '/' && r != ':' && r != '@' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	}) || lower[0] == ':' {
		return nil
	}
	return func(_ *cloudtrail.Header, raw []byte) outcome {
		if detect.ContainsFold(raw, lower) || detect.Contains(raw, `\`) || !ascii(raw) {
			return maybe
		}
		return fails
	}
}

func ascii(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
