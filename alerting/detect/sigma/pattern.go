package sigma

import (
	"strings"
	"unicode/utf8"

	"github.com/trailwarden/trailwarden/alerting/detect"
)

// pattern is a Sigma string: literal text with the wildcards * and ?, which a backslash takes the meaning from.
type pattern struct {
	parts []part
	cased bool
}

// part is a run of literal text or one wildcard.
type part struct {
	literal string
	wild    byte // '*', '?', or 0 for literal text
}

// parsePattern reads a Sigma string. Letter case is ignored unless cased.
func parsePattern(value string, cased bool) pattern {
	if !cased {
		value = strings.ToLower(value)
	}
	p := pattern{cased: cased}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			p.parts = append(p.parts, part{literal: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '\\' && i+1 < len(value) && strings.IndexByte(`*?\`, value[i+1]) >= 0:
			i++
			literal.WriteByte(value[i])
		case c == '*' || c == '?':
			flush()
			p.wildcard(c)
		default:
			literal.WriteByte(c)
		}
	}
	flush()
	return p
}

// wildcard appends one; a * after a * says nothing more.
func (p *pattern) wildcard(c byte) {
	if n := len(p.parts); c == '*' && n > 0 && p.parts[n-1].wild == '*' {
		return
	}
	p.parts = append(p.parts, part{wild: c})
}

// around lets anything stand before or after the pattern.
func (p pattern) around(before, after bool) pattern {
	if before && (len(p.parts) == 0 || p.parts[0].wild != '*') {
		p.parts = append([]part{{wild: '*'}}, p.parts...)
	}
	if after {
		p.wildcard('*')
	}
	return p
}

// literal is the text of a pattern without wildcards.
func (p pattern) literal() (text string, ok bool) {
	switch {
	case len(p.parts) == 0:
		return "", true
	case len(p.parts) == 1 && p.parts[0].wild == 0:
		return p.parts[0].literal, true
	}
	return "", false
}

// prefix is the text before the only wildcard, a * at the end.
func (p pattern) prefix() (text string, ok bool) {
	if len(p.parts) == 2 && p.parts[0].wild == 0 && p.parts[1].wild == '*' {
		return p.parts[0].literal, true
	}
	return "", false
}

// longest is the longest literal text of a pattern, in lower case.
func (p pattern) longest() string {
	longest := ""
	for _, part := range p.parts {
		if len(part.literal) > len(longest) {
			longest = part.literal
		}
	}
	return strings.ToLower(longest)
}

// fold is match for ASCII text, without regard to letter case, of patterns with at most a * at either end; nil of others.
func (p pattern) fold() func(text []byte) bool {
	parts := p.parts
	before := len(parts) > 0 && parts[0].wild == '*'
	if before {
		parts = parts[1:]
	}
	after := len(parts) > 0 && parts[len(parts)-1].wild == '*'
	if after {
		parts = parts[:len(parts)-1]
	}
	if p.cased || len(parts) != 1 || parts[0].wild != 0 {
		return nil
	}
	lower := parts[0].literal
	switch {
	case before && after:
		return func(text []byte) bool { return detect.ContainsFold(text, lower) }
	case before:
		return func(text []byte) bool {
			return len(text) >= len(lower) && detect.EqualFold(text[len(text)-len(lower):], lower)
		}
	case after:
		return func(text []byte) bool { return len(text) >= len(lower) && detect.EqualFold(text[:len(lower)], lower) }
	default:
		return func(text []byte) bool { return detect.EqualFold(text, lower) }
	}
}

// match reports whether the whole text matches.
func (p pattern) match(text string) bool {
	if !p.cased {
		text = strings.ToLower(text)
	}
	at, star, retry := 0, -1, ""
	for {
		if at < len(p.parts) && p.parts[at].wild == '*' {
			star, retry = at, text
			at++
			continue
		}
		if rest, ok := p.step(at, text); ok {
			text = rest
			at++
			continue
		}
		if at == len(p.parts) && text == "" {
			return true
		}
		if star < 0 || retry == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(retry)
		retry = retry[size:]
		text, at = retry, star+1
	}
}

// step takes the part at an index off the text.
func (p pattern) step(at int, text string) (rest string, ok bool) {
	if at >= len(p.parts) {
		return text, false
	}
	if p.parts[at].wild == '?' {
		_, size := utf8.DecodeRuneInString(text)
		return text[size:], size > 0
	}
	return strings.CutPrefix(text, p.parts[at].literal)
}
