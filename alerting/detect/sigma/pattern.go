package sigma

import (
	"strings"
	"unicode/utf8"
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
