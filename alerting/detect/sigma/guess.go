package sigma

import (
	"cmp"
	"slices"
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

// wants reports whether a record passes; it is decoded only where its header does not decide.
func (e *expr) wants(h *cloudtrail.Header, raw []byte) bool {
	switch e.guess.of(h, raw) {
	case passes:
		return true
	case fails:
		return false
	default:
		tree, err := cloudtrail.ParseValue(raw)
		return err != nil || e.test(tree) // what cannot be read is parked
	}
}

// all is the guess for tests that must all pass. What the header says is asked first.
func all(parts []expr) guess {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b expr) int { return cmp.Compare(common(a.literals), common(b.literals)) })
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

// headerField is where the header keeps a field of the record; ok is false for a field it does not keep.
func headerField(path string) (field detect.Field, ok bool) {
	field, ok = map[string]detect.Field{
		"eventName": detect.EventName, "eventSource": detect.EventSource, "awsRegion": detect.Region, "eventCategory": detect.EventCategory,
		"userAgent": detect.UserAgent, "sourceIPAddress": detect.SourceIP, "errorCode": detect.ErrorCode, "errorMessage": detect.ErrorMessage,
		"userIdentity.type": detect.UserType, "userIdentity.arn": detect.UserARN, "userIdentity.userName": detect.UserName,
		"userIdentity.invokedBy": detect.InvokedBy, "userIdentity.sessionContext.sessionIssuer.type": detect.IssuerType,
	}[path]
	return field, ok
}

// guessValue is the guess for comparing a field with a value. A field of the header decides by its text, and by its
// absence; any other only if the value's text stands nowhere in the record.
func guessValue(path string, match matcher) guess {
	field, ok := headerField(path)
	if !ok {
		return guessText(match.text)
	}
	return func(h *cloudtrail.Header, raw []byte) outcome {
		switch text := field.Of(h, raw); {
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
	field, ok := headerField(path)
	if !ok {
		return nil
	}
	return func(h *cloudtrail.Header, raw []byte) outcome {
		switch {
		case !h.Plain():
			return maybe
		case field.Of(h, raw) == nil:
			return passes
		default:
			return fails
		}
	}
}

// guessText is the guess for text that must stand somewhere in the record, in any letter case: where the record has no
// escapes, it stands there as it is. Text that JSON may write otherwise says nothing.
func guessText(lower string) guess {
	if !verbatim(lower) {
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

// verbatim reports whether text stands in a record without escapes as it is.
func verbatim(lower string) bool {
	return len(lower) >= 3 && lower[0] != ':' && !strings.ContainsFunc(lower, func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && r != '/' && r != ':' && r != '@' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

// maxLiterals bounds the literals that a rule is found by.
const maxLiterals = 64

// literalOf is the text without which a field does not match; nil if there is none.
func literalOf(path string, match matcher) []detect.Literal {
	field, ok := headerField(path)
	switch {
	case !ok:
		return literalText(match.text)
	case match.text == "" || !ascii([]byte(match.text)):
		return nil
	default:
		return []detect.Literal{{Field: field, Text: match.text}}
	}
}

// literalText is literalOf for text anywhere in the record.
func literalText(lower string) []detect.Literal {
	if !verbatim(lower) {
		return nil
	}
	return []detect.Literal{{Field: detect.RawRecord, Text: lower}}
}

// better is the one of two sets, one of each of which a record must have, that fewer records have: by its fields, then the
// one whose shortest text is longer.
func better(a, b []detect.Literal) []detect.Literal {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case common(a) != common(b):
		if common(a) < common(b) {
			return a
		}
		return b
	case shortest(b) > shortest(a):
		return b
	default:
		return a
	}
}

// common says how little literals tell, and how dear they are to find: 0 of fields that differ from record to record, 1 of
// those that have few values, 2 of text anywhere in the record.
func common(list []detect.Literal) int {
	most := 0
	for _, l := range list {
		switch l.Field {
		case detect.RawRecord:
			return 2
		case detect.EventSource, detect.Region, detect.EventCategory, detect.UserType, detect.IssuerType:
			most = 1
		}
	}
	return most
}

func shortest(list []detect.Literal) int {
	return len(slices.MinFunc(list, func(a, b detect.Literal) int { return cmp.Compare(len(a.Text), len(b.Text)) }).Text)
}
