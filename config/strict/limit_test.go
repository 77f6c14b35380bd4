package strict_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/config/strict"
)

type anything struct {
	A struct {
		A []string `yaml:"a"`
	} `yaml:"a"`
	B []string `yaml:"b"`
}

func TestWhatIsTooLongOrTooDeepIsNotParsed(t *testing.T) {
	indented := func(levels int) string {
		var b strings.Builder
		for i := range levels {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	for name, tc := range map[string]struct {
		text, want string
		line       int
	}{
		"brackets":           {"b: " + strings.Repeat("[", 100_000), "deeper than 64", 1},
		"braces":             {"\n\n" + strings.Repeat("{a: ", 50_000), "deeper than 64", 3},
		"closed brackets":    {"b: " + strings.Repeat("[", 65) + strings.Repeat("]", 65), "deeper than 64", 1},
		"dashes":             {strings.Repeat("- ", 50_000) + "x", "deeper than 64", 1},
		"question marks":     {strings.Repeat("? ", 50_000) + "x", "deeper than 64", 1},
		"indentation":        {indented(100), "deeper than 64", 65},
		"tags":               {"b: " + strings.Repeat("!!a ", 50_000) + "x", "deeper than 64", 1},
		"blocks and flow":    {indented(40) + strings.Repeat(" ", 40) + "a: " + strings.Repeat("[", 30), "deeper than 64", 41},
		"quoted and bracket": {`b: ["]", ']', ` + strings.Repeat("[", 100), "deeper than 64", 1},
		"long":               {"b: [x]\n#" + strings.Repeat("x", 1<<20), "longer than 1048576 bytes", 1},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var into anything
		_, faults := strict.Decode([]byte(tc.text), &into)
		runtime.ReadMemStats(&after)
		if len(faults) != 1 || !strings.Contains(faults[0].Problem, tc.want) || faults[0].Line != tc.line {
			t.Errorf("%s: %+v, want %q at line %d", name, faults, tc.want, tc.line)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 128<<20 {
			t.Errorf("%s takes %d bytes", name, took)
		}
	}
	for name, text := range map[string]string{
		"many at one level": "b:\n" + strings.Repeat("- x\n", 2000),
		"brackets in text":  "b: ['" + strings.Repeat("[", 200) + "', \"" + strings.Repeat("{", 200) + "\"] # " + strings.Repeat("[", 200),
		"block text":        "b:\n- |\n  " + strings.Repeat("[", 200) + "\n  " + strings.Repeat("- ", 200) + "\n",
	} {
		var into anything
		if _, faults := strict.Decode([]byte(text), &into); len(faults) > 0 || len(into.B) == 0 {
			t.Errorf("%s: %+v", name, faults)
		}
	}
}

func TestEnvironmentKeepsToTheSameDepth(t *testing.T) {
	var into anything
	_, faults := strict.Environ([]string{"X_B=" + strings.Repeat("[", 50_000)}, "X_", &into, func(string) string { return "" })
	if len(faults) != 1 || !strings.Contains(faults[0].Problem, "deeper than 64") {
		t.Errorf("%+v", faults)
	}
}
