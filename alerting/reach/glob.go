package reach

import (
	"strings"
	"unicode/utf8"
)

// Members of a pattern that stand for others. They are no runes.
const (
	anyText rune = -1 - iota // any text, none too
	anyRune                  // exactly one character
)

// matches reports whether a text fits a pattern of * and ?. It takes time in proportion to both lengths.
func matches(pattern, text string) bool {
	star, mark, i, j := -1, 0, 0, 0
	for j < len(text) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && pattern[i] == '?':
			_, size := utf8.DecodeRuneInString(text[j:])
			i, j = i+1, j+size
		case i < len(pattern) && pattern[i] == text[j]:
			i, j = i+1, j+1
		case star >= 0:
			_, size := utf8.DecodeRuneInString(text[mark:])
			mark += size
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}

// tokens are the members of a pattern written with * and ?, or of a text as it stands.
func tokens(text string, wild bool) []rune {
	out := []rune(text)
	for i, r := range out {
		switch {
		case wild && r == '*':
			out[i] = anyText
		case wild && r == '?':
			out[i] = anyRune
		}
	}
	return out
}

// meet reports whether some text fits both patterns, and whether all that fit the second fit the first.
func meet(pattern, value []rune) (some, all bool) {
	if !intersect(pattern, value) {
		return false, false
	}
	return true, within(pattern, value)
}

// intersect reports whether some text fits both.
func intersect(a, b []rune) bool {
	reached := make([]bool, len(b)+1) // of row i: whether a[:i] and b[:j] have a text in common
	for i := 0; i <= len(a); i++ {
		diagonal := false
		for j := 0; j <= len(b); j++ {
			above := reached[j]
			switch {
			case i == 0:
				reached[j] = j == 0 || reached[j-1] && b[j-1] == anyText
			case j == 0:
				reached[j] = above && a[i-1] == anyText
			case a[i-1] == anyText || b[j-1] == anyText:
				reached[j] = above && (a[i-1] == anyText || b[j-1] == anyText) || reached[j-1]
			default:
				reached[j] = diagonal && (a[i-1] == b[j-1] || a[i-1] == anyRune || b[j-1] == anyRune)
			}
			diagonal = above
		}
	}
	return reached[len(b)]
}

// within reports whether every text that fits the value fits the pattern. It may say no where it is so, never yes where not.
func within(pattern, value []rune) bool {
	star, mark, i, j := -1, 0, 0, 0
	for j < len(value) {
		switch {
		case i < len(pattern) && pattern[i] == anyText:
			star, mark = i, j
			i++
		case i < len(pattern) && value[j] != anyText && (pattern[i] == value[j] || pattern[i] == anyRune):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for ; i < len(pattern); i++ {
		if pattern[i] != anyText {
			return false
		}
	}
	return true
}
