package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"go.uber.org/zap"
)

// FuzzLogLines holds that whatever a stranger wrote stands on its one line of the log, and that a terminal acts on none
// of it.
func FuzzLogLines(f *testing.F) {
	for _, seed := range []string{"a\x1b[31m\u202eb\u200b\r\nc", "\x7f\u0085\u2028\u2029\u061c", "\xff\xfe{\"}", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []string{"json", "console"} {
			var out bytes.Buffer
			log := newLogger(logFlags{Format: format, Level: "debug"}, &out)
			log.With(zap.String("bucket", text)).Warn("message not finished", zap.Error(fmt.Errorf("read: %w", errors.New(text))),
				zap.Strings("roles", []string{text}), zap.Any("actor", map[string]string{text: text}), zap.ByteString("raw", []byte(text)))
			line, ended := strings.CutSuffix(out.String(), "\n")
			if !ended {
				t.Errorf("%s: the line does not end: %q", format, line)
			}
			for _, r := range line {
				if r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
					t.Errorf("%s: the line holds %U: %q", format, r, line)
				}
			}
		}
	})
}
