package sigma

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// modifiers say how a field's values are compared. At most one of the comparisons is set; none means equality.
type modifiers struct {
	contains, startswith, endswith, re, cidr bool
	number                                   string // lt, lte, gt or gte
	all, exists, fieldref, cased             bool
	base64, base64offset                     bool
	flags                                    string // of re
	given                                    bool   // any modifier at all
}

func (d document) modifiers(key *yaml.Node, names string) (modifiers, error) {
	var m modifiers
	if names == "" {
		return m, nil
	}
	m.given = true
	comparisons := 0
	for name := range strings.SplitSeq(names, "|") {
		switch name {
		case "contains", "startswith", "endswith", "re", "cidr", "lt", "lte", "gt", "gte":
			comparisons++
		}
		if !m.set(name) {
			return m, d.fault(key, "%s: the modifier %q is not supported", key.Value, name)
		}
	}
	switch {
	case comparisons > 1:
		return m, d.fault(key, "%s: more than one comparison", key.Value)
	case m.flags != "" && !m.re:
		return m, d.fault(key, "%s: i, m and s are flags of re", key.Value)
	case m.exists && (comparisons > 0 || m.all || m.fieldref || m.base64 || m.base64offset):
		return m, d.fault(key, "%s: exists goes with no other modifier", key.Value)
	case m.fieldref && (m.re || m.cidr || m.base64 || m.base64offset):
		return m, d.fault(key, "%s: fieldref compares text or numbers only", key.Value)
	case (m.base64 || m.base64offset) && (m.re || m.cidr || m.number != "" || m.base64 && m.base64offset):
		return m, d.fault(key, "%s: base64 goes with contains, startswith, endswith or nothing", key.Value)
	case m.base64offset && !m.contains:
		return m, d.fault(key, "%s: base64offset needs contains", key.Value)
	}
	return m, nil
}

// set takes one modifier; false if it is none of the supported.
func (m *modifiers) set(name string) bool {
	switch name {
	case "contains":
		m.contains = true
	case "startswith":
		m.startswith = true
	case "endswith":
		m.endswith = true
	case "re":
		m.re = true
	case "cidr":
		m.cidr = true
	case "lt", "lte", "gt", "gte":
		m.number = name
	case "all":
		m.all = true
	case "exists":
		m.exists = true
	case "fieldref":
		m.fieldref = true
	case "cased":
		m.cased = true
	case "base64":
		m.base64 = true
	case "base64offset":
		m.base64offset = true
	case "i", "m", "s":
		m.flags += name
	default:
		return false
	}
	return true
}

func (m *modifiers) onlyAll() bool { return *m == modifiers{all: true, given: true} }

// matcher tests a field's text against one value.
type matcher struct {
	match func(string) bool
	// fold is the same for ASCII text without allocating; nil: there is no such test.
	fold func([]byte) bool
	// text is what a matching text holds in any letter case, itself in lower case; empty: nothing is known of it.
	text string
}

// matchBytes is match for text in a buffer.
func (m matcher) matchBytes(text []byte) bool {
	if m.fold != nil && ascii(text) {
		return m.fold(text)
	}
	return m.match(string(text))
}

// matcher makes the test of a field's text against one value.
func (m *modifiers) matcher(item *yaml.Node) (matcher, error) {
	value := item.Value
	if m.re || m.cidr || m.number != "" || m.base64 || m.base64offset {
		match, err := m.special(value)
		return matcher{match: match}, err
	}
	if item.Tag == "!!bool" {
		value = strings.ToLower(value)
	}
	p := parsePattern(value, m.cased).around(m.contains || m.endswith, m.contains || m.startswith)
	return matcher{match: p.match, fold: p.fold(), text: p.longest()}, nil
}

// special makes the test of modifiers for which a value is more than text with wildcards.
func (m *modifiers) special(value string) (func(string) bool, error) {
	switch {
	case m.re:
		return m.expression(value)
	case m.cidr:
		return network(value)
	case m.number != "":
		limit, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("%s goes with a number, not %q", m.number, value)
		}
		return func(text string) bool {
			n, err := strconv.ParseFloat(text, 64)
			return err == nil && m.compare(n, limit)
		}, nil
	default:
		return m.encoded(value)
	}
}

func (m *modifiers) expression(value string) (func(string) bool, error) {
	if m.flags != "" {
		value = "(?" + m.flags + ")" + value
	}
	re, err := regexp.Compile(value)
	if err != nil {
		return nil, fmt.Errorf("the regular expression cannot be used: %w", err)
	}
	return re.MatchString, nil
}

func network(value string) (func(string) bool, error) {
	prefix, err := netip.ParsePrefix(value)
	if err != nil {
		return nil, fmt.Errorf("%q is no address range like 192.0.2.0/24", value)
	}
	prefix = prefix.Masked()
	return func(text string) bool {
		address, err := netip.ParseAddr(text)
		return err == nil && prefix.Contains(address.Unmap())
	}, nil
}

// encoded makes the test for text that holds the value in base64, at any of the three offsets for base64offset.
func (m *modifiers) encoded(value string) (func(string) bool, error) {
	if strings.ContainsAny(value, "*?") || value == "" {
		return nil, errors.New("base64 goes with plain text without wildcards")
	}
	forms := []string{base64.StdEncoding.EncodeToString([]byte(value))}
	if m.base64offset {
		forms = forms[:0]
		for offset := range 3 {
			whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", offset) + value))
			from := []int{0, 2, 3}[offset]
			to := len(whole) - []int{0, 3, 2}[(len(value)+offset)%3]
			if from < to {
				forms = append(forms, whole[from:to])
			}
		}
	}
	return func(text string) bool {
		return slices.ContainsFunc(forms, func(form string) bool {
			switch {
			case m.contains:
				return strings.Contains(text, form)
			case m.startswith:
				return strings.HasPrefix(text, form)
			case m.endswith:
				return strings.HasSuffix(text, form)
			default:
				return text == form
			}
		})
	}, nil
}

func (m *modifiers) compare(n, limit float64) bool {
	switch m.number {
	case "lt":
		return n < limit
	case "lte":
		return n <= limit
	case "gt":
		return n > limit
	default:
		return n >= limit
	}
}

// comparison is how two fields are compared.
func (m *modifiers) comparison() func(a, b string) bool {
	fold := func(s string) string {
		if m.cased {
			return s
		}
		return strings.ToLower(s)
	}
	switch {
	case m.number != "":
		return func(a, b string) bool {
			n, err := strconv.ParseFloat(a, 64)
			limit, errLimit := strconv.ParseFloat(b, 64)
			return err == nil && errLimit == nil && m.compare(n, limit)
		}
	case m.contains:
		return func(a, b string) bool { return strings.Contains(fold(a), fold(b)) }
	case m.startswith:
		return func(a, b string) bool { return strings.HasPrefix(fold(a), fold(b)) }
	case m.endswith:
		return func(a, b string) bool { return strings.HasSuffix(fold(a), fold(b)) }
	default:
		return func(a, b string) bool { return fold(a) == fold(b) }
	}
}
