package safetext_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

func TestLine(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"ordinary names pass":        {"prod.kops-state_01/a b", "prod.kops-state_01/a b"},
		"empty":                      {"", ""},
		"line breaks become a space": {"a\r\n\tb\u2028c", "a b c"},
		"outer space goes":           {"  a  ", "a"},
		"escape sequences go":        {"\x1b[31mred\x07", "[31mred"},
		"bidi overrides go":          {"a\u202etxt.exe\u2066b", "atxt.exeb"},
		"zero-width characters go":   {"pay\u200broll\ufeff", "payroll"},
		"tag characters go":          {"a\U000e0041b", "ab"},
		"invalid bytes are shown":    {"a\xffb", "a\ufffdb"},
		"other scripts pass":         {"Gehälter 給与", "Gehälter 給与"},
		"stacked marks are thinned":  {"a" + strings.Repeat("\u0301", 40), "a" + strings.Repeat("\u0301", 4)},
		"only controls":              {"\x00\x01", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := safetext.Line(c.in); got != c.want {
				t.Errorf("Line(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		cut      func(string, int) string
		in       string
		limit    int
		want     string
		function string
	}{
		{safetext.End, "payroll", 7, "payroll", "End"},
		{safetext.End, "payroll", 6, "pay…", "End"},
		{safetext.End, "päyroll", 5, "p…", "End"},
		{safetext.End, "payroll", 2, "", "End"},
		{safetext.Middle, "payroll-exports", 15, "payroll-exports", "Middle"},
		{safetext.Middle, "payroll-exports", 11, "payr…orts", "Middle"},
		{safetext.Middle, "ääää", 7, "ä…ä", "Middle"},
		{safetext.Middle, "payroll", 1, "", "Middle"},
	} {
		if got := c.cut(c.in, c.limit); got != c.want {
			t.Errorf("%s(%q, %d) = %q, want %q", c.function, c.in, c.limit, got, c.want)
		}
	}
}

func TestDefang(t *testing.T) {
	for in, want := range map[string]string{
		"https://evil.example/x":     "https[:]//evil.example/x",
		"@here @CHANNEL @everyone":   "(at)here (at)CHANNEL (at)everyone",
		"alice@example.com":          "alice@example.com",
		"MAILTO:a@b.example":         "mailto[:]a@b.example",
		"www.example.com":            "www.example.com",
		"arn:aws:s3:::payroll":       "arn:aws:s3:::payroll",
		"<!channel> and <@U1> stand": "<!channel> and <@U1> stand",
	} {
		if got := safetext.Defang(in); got != want {
			t.Errorf("Defang(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzLine states what every receiver relies on, whatever comes in.
func FuzzLine(f *testing.F) {
	for _, s := range []string{"payroll", "a\x1b[0m\u202eb\u2028c", "\xff\xfe", "@here://\u200b@chan\u200bnel", "  "} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		line := safetext.Line(s)
		if !utf8.ValidString(line) {
			t.Fatalf("not valid UTF-8: %q", line)
		}
		for _, r := range line {
			if unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029' {
				t.Fatalf("%U left in %q", r, line)
			}
		}
		if again := safetext.Line(line); again != line {
			t.Fatalf("not stable: %q, then %q", line, again)
		}
		if d := safetext.Defang(line); strings.Contains(d, "://") || strings.Contains(strings.ToLower(d), "@here") {
			t.Fatalf("still live: %q", d)
		}
		limit &= 0xff
		for _, cut := range []string{safetext.End(line, limit), safetext.Middle(line, limit)} {
			if len(cut) > limit && len(cut) > 0 || !utf8.ValidString(cut) {
				t.Fatalf("cut to %d bytes: %q", limit, cut)
			}
		}
	})
}

func BenchmarkLine(b *testing.B) {
	for name, s := range map[string]string{"ascii": strings.Repeat("payroll-exports ", 64) + "x", "mixed": strings.Repeat("@here ☃ ", 128)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				_ = safetext.Defang(safetext.Line(s))
			}
		})
	}
}
