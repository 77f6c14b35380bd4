package score_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

func faults(c score.Config) []string {
	var paths []string
	c.Validate(func(path, _ string) { paths = append(paths, path) })
	return paths
}

func TestValidate(t *testing.T) {
	if got := faults(score.DefaultConfig()); len(got) != 0 {
		t.Errorf("defaults: %q", got)
	}
	c := score.DefaultConfig()
	c.Weights.VPN, c.Weights.Corporate, c.Weights.Tor = -1, 5, 51
	c.Thresholds.Medium, c.Thresholds.Critical = 22, 101
	want := []string{"weights.tor", "weights.vpn", "weights.corporate", "weights.country_home", "thresholds.medium", "thresholds.critical"}
	if got := faults(c); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	c = score.DefaultConfig()
	c.Weights.Corporate = -2
	if got := faults(c); !slices.Equal(got, []string{"weights.country_home"}) {
		t.Errorf("a home country is no more relief than the company's own network: %q", got)
	}
}

func TestTableNamesEverySetting(t *testing.T) {
	c := score.DefaultConfig()
	text, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, row := range c.Table() {
		part, key, _ := strings.Cut(row.Name, ".")
		if !strings.Contains(string(text), key+":") || !strings.Contains(string(text), part+":") || row.Meaning == "" {
			t.Errorf("no setting is called %s, or it has no meaning", row.Name)
		}
		lines++
	}
	if settings := strings.Count(string(text), "\n") - 2; settings != lines {
		t.Errorf("%d settings, but %d rows", settings, lines)
	}
}

func TestWeightsAndThresholdsAreHeeded(t *testing.T) {
	in := score.Input{Severity: alert.Medium, Facts: enrich.Facts{
		Address: enrich.Address{IP: "192.0.2.1", Network: network.Network{Kind: network.VPN}},
		History: history.Snapshot{Learning: true},
	}}
	c := score.DefaultConfig()
	c.Weights.VPN = 30
	if got := c.Score(in); got.Score != 74 || got.Severity != alert.High {
		t.Errorf("got\n%s", sum(got))
	}
	c.Thresholds.High, c.Thresholds.Critical = 90, 95
	c.Weights.VPN = 15
	if got := c.Score(in); got.Severity != alert.Medium {
		t.Errorf("got\n%s", sum(got))
	}
}
