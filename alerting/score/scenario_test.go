package score_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/geoip"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// scenario is one entry of testdata/scenarios.yaml.
type scenario struct {
	Name    string  `yaml:"name"`
	Deed    deed    `yaml:"deed"`
	Bucket  string  `yaml:"bucket"`
	Address address `yaml:"address"`
	User    user    `yaml:"user"`
	Account float64 `yaml:"account"`
	Expect  struct {
		Severity string   `yaml:"severity"`
		Factors  []string `yaml:"factors"`
	} `yaml:"expect"`
}

type deed struct {
	Severity string       `yaml:"severity"`
	Reach    score.Reach  `yaml:"reach"`
	Access   score.Access `yaml:"access"`
	Own      bool         `yaml:"own"`
	Website  bool         `yaml:"website"`
	Attempt  bool         `yaml:"attempt"`
	Root     bool         `yaml:"root"`
	Burst    bool         `yaml:"burst"`
}

type address struct {
	IP      string       `yaml:"ip"`
	Service string       `yaml:"service"`
	Private bool         `yaml:"private"`
	Network network.Kind `yaml:"network"`
	Country string       `yaml:"country"`
	Home    string       `yaml:"home"`
}

type user struct {
	Known       bool           `yaml:"known"`
	New         bool           `yaml:"new"`
	Learning    bool           `yaml:"learning"`
	First       []string       `yaml:"first"`
	Nature      history.Nature `yaml:"nature"`
	Expected    bool           `yaml:"expected"`
	DormantDays int            `yaml:"dormant_days"`
	Peers       uint64         `yaml:"peers"`
	Travel      bool           `yaml:"travel"`
	Burst       bool           `yaml:"burst"`
}

func (a address) facts() enrich.Address {
	f := enrich.Address{
		IP: a.IP, Service: a.Service, Private: a.Private, Home: a.Home,
		Network: network.Network{Kind: a.Network}, Place: geoip.Place{Country: a.Country},
	}
	if f.IP == "" {
		f.IP = "198.51.100.7"
	}
	if f.Home == "" {
		f.Home = enrich.HomeUnknown
	}
	if f.Network.Kind == "" {
		f.Network.Kind = network.Unknown
	}
	return f
}

func (u user) facts() history.Snapshot {
	s := history.Snapshot{
		Known: u.Known, Learning: u.Learning || !u.Known && !u.New, First: u.First, Nature: u.Nature, PeerCalls: u.Peers,
		Beginning: u.Learning || !u.Known && !u.New, Expected: u.Expected, Dormant: time.Duration(u.DormantDays) * 24 * time.Hour,
		FirstSeen: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Countries: []string{"DE"},
	}
	if u.Expected {
		s.Declared = "arn:aws:iam::*:role/terraform-*"
	}
	if u.Travel {
		s.Travel = &history.Travel{From: "DE", To: "JP", Kilometre: 9000, Between: 2 * time.Hour}
	}
	if u.Burst {
		s.Burst = []history.Burst{{Kind: "read", Count: 900, Window: time.Hour, Usual: 3}}
	}
	return s
}

func (s scenario) input(t *testing.T) score.Input {
	t.Helper()
	severity, err := alert.ParseSeverity(s.Deed.Severity)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	in := score.Input{
		Severity: severity, Detail: "what was done", Attempt: s.Deed.Attempt, Root: s.Deed.Root, Website: s.Deed.Website, Burst: s.Deed.Burst,
		Grant: score.Grant{Reach: s.Deed.Reach, Access: s.Deed.Access, Own: s.Deed.Own},
		Facts: enrich.Facts{
			Address: s.Address.facts(), History: s.User.facts(), Bucket: bucketname.New(nil).Look(s.Bucket),
			Account: enrich.Account{ID: "111122223333", Weight: s.Account},
		},
	}
	return in
}

func scenarios(t *testing.T) []scenario {
	t.Helper()
	data, err := os.ReadFile("testdata/scenarios.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []scenario
	if err := yaml.UnmarshalWithOptions(data, &all, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return all
}

// counting lists the names of the factors that move the score.
func counting(r score.Result) []string {
	var names []string
	for _, f := range r.Factors {
		if f.Points != 0 {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestScenarios(t *testing.T) {
	all := scenarios(t)
	if len(all) < 60 {
		t.Errorf("only %d scenarios", len(all))
	}
	names := map[string]bool{}
	for _, s := range all {
		if names[s.Name] {
			t.Errorf("%s: told twice", s.Name)
		}
		names[s.Name] = true
		got := score.DefaultConfig().Score(s.input(t))
		if got.Severity.String() != s.Expect.Severity {
			t.Errorf("%s: %s %d, want %s\n%s", s.Name, got.Severity, got.Score, s.Expect.Severity, sum(got))
		}
		if !slices.Equal(counting(got), s.Expect.Factors) {
			t.Errorf("%s: factors [%s], want [%s]\n%s", s.Name, strings.Join(counting(got), ", "), strings.Join(s.Expect.Factors, ", "), sum(got))
		}
	}
}

func sum(r score.Result) string {
	var b strings.Builder
	for _, f := range r.Factors {
		fmt.Fprintf(&b, "  %+4d %-20s %s\n", f.Points, f.Name, f.Detail)
	}
	fmt.Fprintf(&b, "  %4d %s; %s", r.Score, r.Severity, r.Counterfactual)
	return b.String()
}

const (
	tableBegins = "<!-- scoring scenarios: written by go test ./alerting/score with UPDATE_README=1 -->\n"
	tableEnds   = "<!-- end of scoring scenarios -->\n"
	readme      = "../../README.md"
)

// TestReadmeTable holds the README's scoring chapter to the scenarios, where it has a place for them.
func TestReadmeTable(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Skip("no README.md")
	}
	before, rest, found := strings.Cut(string(data), tableBegins)
	table, after, ended := strings.Cut(rest, tableEnds)
	if !found || !ended {
		t.Skip("README.md has no place for the table")
	}
	want := markdown(t)
	if table == want {
		return
	}
	if os.Getenv("UPDATE_README") == "" {
		t.Fatal("the table of scenarios is not up to date; run UPDATE_README=1 go test ./alerting/score")
	}
	if err := os.WriteFile(readme, []byte(before+tableBegins+want+tableEnds+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// markdown is the table of the scenarios.
func markdown(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| scenario | score | severity | sum |\n|---|---:|---|---|\n")
	for _, s := range scenarios(t) {
		r := score.DefaultConfig().Score(s.input(t))
		var terms []string
		for _, f := range r.Factors {
			if f.Points != 0 {
				terms = append(terms, fmt.Sprintf("%s %+d", f.Name, f.Points))
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", s.Name, r.Score, r.Severity, strings.Join(terms, ", "))
	}
	return b.String()
}
