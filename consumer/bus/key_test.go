package bus_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

func TestKeySpellsItsParts(t *testing.T) {
	for _, test := range []struct {
		parts []string
		want  string
	}{
		{[]string{"3", "AIDA_1-x"}, "3.AIDA_1-x"},
		{[]string{"a.b", ""}, "a=2Eb.="},
		{[]string{"arn:aws:iam::1:user/é>*"}, "arn=3Aaws=3Aiam=3A=3A1=3Auser=2F=C3=A9=3E=2A"},
		{[]string{"="}, "=3D"},
	} {
		if got := bus.Key(test.parts...); got != test.want {
			t.Errorf("%q: %s", test.parts, got)
		}
	}
}

func TestKeysAreLegalAndDistinct(t *testing.T) {
	legal := regexp.MustCompile(`^[-/_=\.a-zA-Z0-9]+$`)
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.String(), rapid.StringMatching(`[=.>* A2]{0,6}`), rapid.Just(strings.Repeat("long", 99)))
		a := rapid.SliceOfN(part, 1, 4).Draw(t, "a")
		b := rapid.SliceOfN(part, 1, 4).Draw(t, "b")
		ka, kb := bus.Key(a...), bus.Key(b...)
		if !legal.MatchString(ka) || strings.HasPrefix(ka, ".") || strings.HasSuffix(ka, ".") || strings.Contains(ka, "..") {
			t.Fatalf("%q gives %q", a, ka)
		}
		if len(ka) > len(a)*257 {
			t.Fatalf("%d bytes", len(ka))
		}
		if (ka == kb) != slices.Equal(a, b) {
			t.Fatalf("%q and %q give %q and %q", a, b, ka, kb)
		}
	})
}
