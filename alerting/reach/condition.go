package reach

import (
	"strconv"
	"strings"
	"time"
)

// holds says whether a condition of a statement holds for the call.
func (q *query) holds(c *condition, s *statement) truth {
	v := q.value(c.key)
	if c.op.Base == "Null" {
		return isNull(c, v, s.Deny)
	}
	absent := decided(c.op.IfExists || c.op.ForAll || !c.op.ForAny && negated(c))
	if v.presence == absentKey {
		return absent
	}
	t := q.compared(c, v, s)
	switch v.presence {
	case present:
		return t
	case chosen:
		return choice(absent, v.open(c.name), s.Deny)
	default:
		if t.state != absent.state {
			return v.open(c.name)
		}
		return t
	}
}

// choice is the outcome of a key that the caller may leave out: it does if that lets it in.
func choice(without, otherwise truth, deny bool) truth {
	if (without.state == yes) != deny {
		return without
	}
	return otherwise
}

func negated(c *condition) bool { return c.op.Negated || strings.Contains(c.op.Base, "Not") }

// isNull tests whether the key is there.
func isNull(c *condition, v value, deny bool) truth {
	wanted := never()
	for _, text := range c.Values {
		switch missing := strings.EqualFold(text, "true"); v.presence {
		case present:
			wanted = wanted.or(decided(!missing))
		case absentKey:
			wanted = wanted.or(decided(missing))
		case chosen:
			wanted = wanted.or(choice(decided(missing), v.open(c.name), deny))
		default:
			wanted = wanted.or(v.open(c.name))
		}
	}
	return wanted
}

// compared says whether the key's values are as the condition asks.
func (q *query) compared(c *condition, v value, s *statement) truth {
	if len(v.texts) == 0 {
		return q.unlike(c, v, s)
	}
	var t truth
	for i, text := range v.texts {
		one := q.fits(c, v, text, s)
		if negated(c) {
			one = one.not()
		}
		switch {
		case i == 0:
			t = one
		case c.op.ForAll || !c.op.ForAny && negated(c):
			t = t.and(one)
		default:
			t = t.or(one)
		}
	}
	return t
}

// unlike says how a condition comes out on a key that is not known, which may still be known to differ.
func (q *query) unlike(c *condition, v value, s *statement) truth {
	if v.never == nil || !textual(c.op.Base) {
		return v.open(c.name)
	}
	for _, want := range c.Values {
		pattern, filled := q.filled(want, s, false)
		if filled.state == no {
			continue
		}
		if filled.state != yes || !v.never(string(pattern)) {
			return v.open(c.name)
		}
	}
	return decided(negated(c))
}

func textual(base string) bool {
	return strings.HasPrefix(base, "String") || strings.HasPrefix(base, "Arn")
}

// fits says whether one value of the key fits any that the condition names; negation is the caller's matter.
func (q *query) fits(c *condition, v value, text string, s *statement) truth {
	t := never()
	for _, want := range c.Values {
		switch {
		case textual(c.op.Base):
			t = t.or(q.like(c, v, text, want, s))
		case v.pattern:
			t = t.or(v.open(c.name))
		default:
			t = t.or(measured(c, text, want))
		}
	}
	return t
}

// like compares texts and ARNs.
func (q *query) like(c *condition, v value, text, want string, s *statement) truth {
	wild := c.op.Base == "StringLike" || strings.HasPrefix(c.op.Base, "Arn")
	if c.op.Base == "StringEqualsIgnoreCase" {
		text, want = strings.ToLower(text), strings.ToLower(want)
	}
	pattern, filled := q.filled(want, s, wild)
	if filled.state == no || v.never != nil && v.never(want) {
		return never()
	}
	some, all := meet(pattern, tokens(text, v.pattern))
	if strings.HasPrefix(c.op.Base, "Arn") {
		some, all = meetARN(pattern, tokens(text, v.pattern))
	}
	switch {
	case !some:
		return never()
	case filled.state == open:
		return filled
	case all:
		return always()
	default:
		return v.open(c.name)
	}
}

// meetARN compares ARNs part by part: no wildcard spans a colon, save in the last part.
func meetARN(pattern, text []rune) (some, all bool) {
	all = true
	for part := 0; ; part++ {
		p, pRest, pMore := cutPart(pattern, part)
		t, tRest, tMore := cutPart(text, part)
		if pMore != tMore {
			return false, false
		}
		s, a := meet(p, t)
		if !s {
			return false, false
		}
		all = all && a
		if !pMore {
			return true, all
		}
		pattern, text = pRest, tRest
	}
}

func cutPart(arn []rune, part int) (head, rest []rune, more bool) {
	const last = 5
	for i, r := range arn {
		if r == ':' && part < last {
			return arn[:i], arn[i+1:], true
		}
	}
	return arn, nil, false
}

// measured compares booleans, numbers and dates. What cannot be read fits nothing of which we know.
func measured(c *condition, have, want string) truth {
	base := c.op.Base
	if base == "Bool" {
		return decided(strings.EqualFold(have, want))
	}
	var a, b float64
	var okA, okB bool
	switch {
	case strings.HasPrefix(base, "Numeric"):
		a, okA = number(have)
		b, okB = number(want)
	case strings.HasPrefix(base, "Date"):
		a, okA = moment(have)
		b, okB = moment(want)
	}
	if !okA || !okB {
		return openOn(c.name)
	}
	switch strings.TrimPrefix(strings.TrimPrefix(base, "Numeric"), "Date") {
	case "LessThan":
		return decided(a < b)
	case "LessThanEquals":
		return decided(a <= b)
	case "GreaterThan":
		return decided(a > b)
	case "GreaterThanEquals":
		return decided(a >= b)
	default: // Equals and NotEquals, which is negated later
		return decided(a == b)
	}
}

func number(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// moment is a date in a form that IAM takes, in seconds.
func moment(text string) (float64, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
		if at, err := time.Parse(layout, text); err == nil {
			return float64(at.UnixNano()) / float64(time.Second), true
		}
	}
	return number(text)
}

// filled is a value of a document with its policy variables filled in. It is no where a variable cannot be filled, for such a
// value fits nothing, and open where one depends on the call.
func (q *query) filled(text string, s *statement, wild bool) ([]rune, truth) {
	if !s.variables || !strings.Contains(text, "${") {
		return tokens(text, wild), always()
	}
	var out []rune
	t := always()
	for {
		before, rest, found := strings.Cut(text, "${")
		out = append(out, tokens(before, wild)...)
		if !found {
			return out, t
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, never()
		}
		member, filled := q.variable(name)
		if filled.state == no {
			return nil, never()
		}
		out, t, text = append(out, member...), t.and(filled), after
	}
}

// variable is what stands for ${name}, or ${name, 'default'}.
func (q *query) variable(text string) ([]rune, truth) {
	name, fallback, given := strings.Cut(text, ",")
	name = strings.TrimSpace(name)
	if name == "*" || name == "?" || name == "$" {
		return []rune(name), always()
	}
	v := q.value(strings.ToLower(name))
	switch {
	case v.presence == absentKey && given:
		return []rune(strings.Trim(strings.TrimSpace(fallback), "'")), always()
	case v.presence == absentKey:
		return nil, never()
	case v.presence == present && len(v.texts) == 1 && !v.pattern:
		return []rune(v.texts[0]), always()
	case v.presence == present && len(v.texts) == 1:
		return tokens(v.texts[0], true), v.open(keyName(name))
	default:
		return []rune{anyText}, v.open(keyName(name))
	}
}
