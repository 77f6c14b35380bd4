package remedy

import (
	"fmt"
	"strings"
	"unicode"
)

// command is a shell command of fixed words and arguments; the arguments may hold anything.
func command(words string, args ...string) string {
	var b strings.Builder
	b.WriteString(words)
	for _, a := range args {
		b.WriteByte(' ')
		b.WriteString(quote(a))
	}
	return b.String()
}

// quote makes one word of a POSIX shell out of text. Control and invisible characters, which no terminal shows, and what
// receivers make one of, runs of spaces and of combining marks, are written as escapes of the $'…' form that bash, zsh
// and ksh know.
func quote(text string) string {
	plain := func(r rune) bool {
		return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("-_./:=,@%+", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	const fillers = "\u115f\u1160\u3164\uffa0\u2800" // look like a space
	hidden := func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.IsMark(r) || r == unicode.ReplacementChar || strings.ContainsRune(fillers, r)
	}
	if strings.IndexFunc(text, hidden) < 0 && !strings.Contains(text, "  ") && strings.TrimSpace(text) == text {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c <= ' ' || c >= unicode.MaxASCII:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
