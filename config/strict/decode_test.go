package strict_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/config/strict"
)

type level int

func (l *level) UnmarshalText(text []byte) error {
	switch string(text) {
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return fmt.Errorf("unknown level %q: use low or high", text)
	}
	return nil
}

type common struct {
	Region string `yaml:"region"`
}

type queue struct {
	URL     string `yaml:"url"`
	Retries int    `yaml:"retries"`
	common  `yaml:"-"`
	Common  common `yaml:",inline"`
}

func (q *queue) SetDefaults() { q.Retries = 3 }

// several may be written as one value.
type several []level

func (s *several) UnmarshalYAML(read func(any) error) error {
	var many []level
	if read(&many) == nil {
		*s = many
		return nil
	}
	var one level
	err := read(&one)
	*s = several{one}
	return err
}

type webhook struct {
	URLFile string `yaml:"url_file"`
}

type settings struct {
	Several   several            `yaml:"several"`
	Webhook   *webhook           `yaml:"webhook"`
	Name      string             `yaml:"name"`
	TokenFile string             `yaml:"token_file"`
	Wait      time.Duration      `yaml:"wait"`
	Debug     bool               `yaml:"debug"`
	Size      uint16             `yaml:"size"`
	Ratio     float64            `yaml:"ratio"`
	Level     level              `yaml:"level"`
	Tags      []string           `yaml:"tags"`
	Queues    []queue            `yaml:"queues"`
	Weights   map[string]float64 `yaml:"weights"`
	HTTP      struct {
		Listen string `yaml:"listen"`
	} `yaml:"http"`
}

func TestDecodeReadsEveryKind(t *testing.T) {
	s := settings{Name: "before", Wait: time.Second}
	_, faults := strict.Decode([]byte(`
token_file: token
wait: 90s
debug: true
size: 0x10
ratio: 1.5
level: high
several: low
tags: [a, 012, "x y"]
queues:
  - url: &u https://example.com/1
    region: eu-west-1
  - {url: *u, retries: 7}
weights: {grant: 2, "007": 1}
http:
  listen: 127.0.0.1:1
`), &s)
	if faults != nil {
		t.Fatalf("faults: %v", faults)
	}
	want := settings{
		Name: "before", TokenFile: "token", Wait: 90 * time.Second, Debug: true, Size: 16, Ratio: 1.5, Level: 2, Several: several{1},
		Tags:    []string{"a", "012", "x y"},
		Queues:  []queue{{URL: "https://example.com/1", Retries: 3, Common: common{"eu-west-1"}}, {URL: "https://example.com/1", Retries: 7}},
		Weights: map[string]float64{"grant": 2, "007": 1},
	}
	want.HTTP.Listen = "127.0.0.1:1"
	if diff := cmp.Diff(want, s, cmp.AllowUnexported(queue{})); diff != "" {
		t.Errorf("settings differ:\n%s", diff)
	}
}

func TestDecodeTellsEveryFaultWithItsLine(t *testing.T) {
	var s settings
	_, faults := strict.Decode([]byte(`nmae: x
wait: soon
size: 70000
level: middling
queues:
  - url: {a: b}
    colour: red
  - nonsense
debug: maybe
debug: true
http: [1]
tags: one
token_file: {x: y}
weights: {a: heavy}
several: [low, middling]
`), &s)
	want := []strict.Fault{
		{1, "nmae", "unknown key; did you mean name?"},
		{2, "wait", "not a duration; write it as 30s, 15m or 24h"},
		{3, "size", "not a whole number of at least 0, or too large"},
		{4, "level", `unknown level "middling": use low or high`},
		{6, "queues[0].url", "expected text here, not a list or settings"},
		{7, "queues[0].colour", "unknown key; known here: region, retries, url"},
		{8, "queues[1]", `expected settings with values here, as in "key: value"`},
		{9, "debug", "not true or false"},
		{10, "debug", "given twice; keep one"},
		{11, "http", `expected settings with values here, as in "key: value"`},
		{12, "tags", `expected a list here, as in "[a, b]"`},
		{13, "token_file", "expected text here, not a list or settings"},
		{14, "weights.a", "not a number"},
		{15, "several[1]", `unknown level "middling": use low or high`},
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Errorf("faults differ:\n%s", diff)
	}
}

func TestDecodeNeverEchoesALineItCannotParse(t *testing.T) {
	for _, text := range []string{"token_file xoxb-hunter2: [", "a: [xoxb-hunter2", "\txoxb-hunter2: {", "a: 'xoxb-hunter2"} {
		_, faults := strict.Decode([]byte(text), &settings{})
		if len(faults) == 0 {
			t.Errorf("%q: no fault", text)
		}
		for _, f := range faults {
			if strings.Contains(f.Problem, "hunter2") {
				t.Errorf("%q: echoed in %q", text, f.Problem)
			}
		}
	}
}

func TestDecodeTakesNothing(t *testing.T) {
	for _, text := range []string{"", "---\n", "# only a comment\n", "null", "name:\n"} {
		s := settings{Name: "kept"}
		if _, faults := strict.Decode([]byte(text), &s); faults != nil || s.Name != "kept" {
			t.Errorf("%q: faults %v, name %q", text, faults, s.Name)
		}
	}
	if _, faults := strict.Decode([]byte("name: a\n---\nname: b\n"), &settings{}); len(faults) != 1 || faults[0].Line != 3 {
		t.Errorf("a second document: %v", faults)
	}
}

func TestDecodeEndsOnAliasesOfThemselves(t *testing.T) {
	for _, text := range []string{"name: &a *a\n", "queues: &q [*q]\n", "queues: [&q {url: *q}]\n", "name: *nobody\n"} {
		if _, faults := strict.Decode([]byte(text), &settings{}); len(faults) == 0 {
			t.Errorf("%q: no fault", text)
		}
	}
}

func TestDecodeTakesAddressesWithPorts(t *testing.T) {
	for _, text := range []string{"tags: [nats://a:1, b:22]", "tags:\n  - nats://a:1\n  - b:22\n"} {
		for _, form := range []string{text, "inner: {" + strings.ReplaceAll(text, "\n", " ") + "}"} {
			var s struct {
				Tags  []string `yaml:"tags"`
				Inner struct {
					Tags []string `yaml:"tags"`
				} `yaml:"inner"`
			}
			if strings.HasPrefix(form, "inner") && strings.Contains(form, " - ") {
				continue // a block list cannot stand in braces
			}
			_, faults := strict.Decode([]byte(form), &s)
			if got := append(s.Tags, s.Inner.Tags...); faults != nil || !slices.Equal(got, []string{"nats://a:1", "b:22"}) {
				t.Errorf("%q: %v, faults %v", form, got, faults)
			}
		}
	}
}

func TestDecodePutsInWhatMayBeLeftOut(t *testing.T) {
	for text, want := range map[string]*webhook{"name: x": nil, "webhook:\n": {}, "webhook: {}": {}, "webhook: {url_file: u}": {"u"}} {
		var s settings
		if _, faults := strict.Decode([]byte(text), &s); faults != nil {
			t.Errorf("%q: %v", text, faults)
		}
		if diff := cmp.Diff(want, s.Webhook); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

func TestLineOfAMissingKeyIsItsParents(t *testing.T) {
	doc, faults := strict.Decode([]byte("name: x\nqueues:\n  - region: y\n"), &settings{})
	if faults != nil {
		t.Fatal(faults)
	}
	for path, want := range map[string]int{"name": 1, "queues[0].url": 3, "queues[7].url": 2, "http.listen": 1, "queues[0].region": 3} {
		if got := doc.Line(path); got != want {
			t.Errorf("Line(%q) = %d, want %d", path, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("name: x\nqueues: [{url: a}]\n")
	f.Add("a: &x [*x]\n")
	f.Fuzz(func(_ *testing.T, text string) {
		strict.Decode([]byte(text), &settings{})
	})
}
