package safetext_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

func TestJSONMeansTheSameAndShowsAsItStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.ToValidUTF8(strings.Join(rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"\x7f", "\u0085", "\u009b31m", "\u200b", "\u2028", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\ufffd", "é😀", "\\", `"`,
		}))).Draw(t, "parts"), ""), "?")
		plain, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			t.Fatal(err)
		}
		got := safetext.JSON(plain)
		var back map[string]string
		if err := json.Unmarshal(got, &back); err != nil || back["text"] != text {
			t.Fatalf("%q became %q, %v", text, back["text"], err)
		}
		if i := strings.IndexFunc(string(got), func(r rune) bool { return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) }); i >= 0 {
			t.Fatalf("%q in %q", got[i:], got)
		}
	})
	if text := []byte("{\"a\":\"Ümlaut 日本 \\u001b\"}\n"); string(safetext.JSON(text)) != string(text) {
		t.Error("ordinary text is changed")
	}
}
