package safetext

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON gives a JSON text in which the characters that Line would remove, such as controls beyond ASCII and those that
// turn the direction of writing around, are escaped: it means the same, and a terminal shows it as it stands.
func JSON(text []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		if r < 0x7f || !hidden(r) && r != utf8.RuneError && r != '\u2028' && r != '\u2029' {
			i += n
			continue
		}
		out = append(out, text[done:i]...)
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
		i += n
		done = i
	}
	if out == nil {
		return text
	}
	return append(out, text[done:]...)
}
