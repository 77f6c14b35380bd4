// Package safetext makes text that strangers wrote — bucket names, session names, user agents, policies — fit to
// be shown to people. Whatever goes in, what comes out is valid UTF-8 on one line, without control characters,
// without characters that turn the direction of writing around or cannot be seen, and as long as was asked for.
//
// Every receiver sends its texts through here; what each service's own markup needs beyond this is its own
// affair. Ordinary text passes unchanged, so that a bucket's name can be copied from a card.
package safetext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow one another; no living script stacks more.
const maxMarks = 4

// maxLine is the length of the longest line, in bytes: what is longer says nothing to people.
const maxLine = 32 << 10

// ellipsis stands where text was left out; three bytes.
const ellipsis = "…"

// Line gives s on one line: line breaks, tabs and runs of white space become one space, invalid bytes become
// U+FFFD, invisible and direction-changing characters and other controls disappear. More than 32 KiB are cut.
func Line(s string) string {
	s = End(s, maxLine)
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space, marks := false, 0
	for _, r := range s {
		switch {
		case r > ' ' && r <= '~': // most there is
			marks = 0
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			space = b.Len() > 0
			continue
		case hidden(r):
			continue
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain reports whether Line would change nothing: printable ASCII without doubled or outer spaces.
func plain(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// hidden reports whether r is a control or shows nothing of its own: Unicode's Cc, Cf (bidi controls, zero-width
// characters, tags), Co, Cs, the fillers that look like a space and the variation selectors.
func hidden(r rune) bool {
	switch {
	case unicode.In(r, unicode.C):
		return true
	case r == '\u034f', r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\u2800', r == '\u17b4', r == '\u17b5':
		return true
	default:
		return r >= '\ufe00' && r <= '\ufe0f' || r >= 0xe0100 && r <= 0xe01ef
	}
}

// End gives s in at most limit bytes, cut at the end, with "…" where something is missing. Bytes are the
// strictest of the ways in which services count.
func End(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	if limit < len(ellipsis) {
		return ""
	}
	return head(s, limit-len(ellipsis)) + ellipsis
}

// Middle gives s in at most limit bytes, cut in the middle: the ends of a name say most.
func Middle(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	if limit < len(ellipsis) {
		return ""
	}
	room := limit - len(ellipsis)
	front := head(s, room-room/2)
	return front + ellipsis + tail(s, room/2)
}

// head is the longest prefix of whole characters within limit bytes.
func head(s string, limit int) string {
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// tail is the longest suffix of whole characters within limit bytes.
func tail(s string, limit int) string {
	i := len(s) - limit
	for i < len(s) && !utf8.RuneStart(s[i]) {
		i++
	}
	return s[i:]
}

// Defang takes the life out of what a chat client would turn into a link or a mention by itself: "http://x"
// becomes "http[:]//x" and "@here" becomes "(at)here". Names and addresses stay as they are.
func Defang(s string) string {
	s = strings.ReplaceAll(s, "://", "[:]//")
	return replaceFold(Unmention(s), "mailto:", "mailto[:]")
}

// Unmention is the part of Defang that concerns mentions; commands go through it alone, since they may hold URIs
// and work only as they are.
func Unmention(s string) string {
	for _, word := range []string{"here", "channel", "everyone", "group"} {
		s = replaceFold(s, "@"+word, "(at)")
	}
	return s
}

// replaceFold replaces the punctuation of every occurrence of mark, in any case, keeping its letters: mark is
// "@word" with with = "(at)", or "word:", which is replaced as a whole.
func replaceFold(s, mark, with string) string {
	punctuation, offset := mark[0], 0
	if punctuation != '@' {
		punctuation, offset = mark[len(mark)-1], len(mark)-1
	}
	if strings.IndexByte(s, punctuation) < 0 {
		return s
	}
	var b strings.Builder
	from := 0
	for i := offset; i < len(s); i++ {
		at := i - offset
		if s[i] != punctuation || at < from || at+len(mark) > len(s) || !strings.EqualFold(s[at:at+len(mark)], mark) {
			continue
		}
		b.WriteString(s[from:at])
		b.WriteString(with)
		if punctuation == '@' {
			b.WriteString(s[at+1 : at+len(mark)])
		}
		from = at + len(mark)
	}
	b.WriteString(s[from:])
	return b.String()
}
