package cloudtrail

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape appends the text that s, the inside of a sound JSON string, stands for. Lone surrogates become
// U+FFFD; bytes that are no UTF-8 stay as they are.
func unescape(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if s[i+1] == 'u' {
			r, n := codePoint(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		dst = append(dst, shortEscape(s[i+1]))
		i += 2
	}
	return dst
}

func shortEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default: // quote, backslash and slash stand for themselves
		return c
	}
}

// codePoint reads one \uXXXX, or two that make a surrogate pair, and tells how many bytes it took.
func codePoint(s []byte) (r rune, n int) {
	r = hexRune(s)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(r, hexRune(s[6:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hexRune(s []byte) rune {
	var r rune
	for _, c := range s[2:6] {
		r = r<<4 | rune(hexDigit(c))
	}
	return r
}

// hexDigit returns the value of a hexadecimal digit, -1 if c is none.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	default:
		return -1
	}
}
