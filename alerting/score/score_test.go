package score_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/geoip"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

func kinds() []network.Kind {
	return []network.Kind{
		network.Corporate, network.ISP, network.AWS, network.Unknown, network.Hosting, network.VPN, network.Tor,
	}
}

func firsts() []string {
	return []string{"actor", "call", "service", "bucket", "country", "network", "asn", "user_agent", "region", "account", "hour"}
}

func anySnapshot(t *rapid.T) history.Snapshot {
	h := history.Snapshot{
		Known:     rapid.Bool().Draw(t, "known"),
		Learning:  rapid.Bool().Draw(t, "learning"),
		First:     rapid.SliceOfDistinct(rapid.SampledFrom(firsts()), rapid.ID[string]).Draw(t, "first"),
		PeerCalls: rapid.Uint64Max(2).Draw(t, "peers"),
		Nature:    rapid.SampledFrom([]history.Nature{history.Human, history.Automation, history.Unclear}).Draw(t, "nature"),
		Expected:  rapid.Bool().Draw(t, "expected"),
		Dormant:   time.Duration(rapid.SampledFrom([]int{0, 0, 60}).Draw(t, "dormant")) * 24 * time.Hour,
	}
	if rapid.IntRange(0, 3).Draw(t, "travel") == 0 {
		h.Travel = &history.Travel{From: "DE", To: "JP", Kilometre: 9000, Between: time.Hour}
	}
	if rapid.IntRange(0, 3).Draw(t, "burst") == 0 {
		h.Burst = []history.Burst{{Kind: "list", Count: 300, Window: time.Hour, Usual: 2}}
	}
	return h
}

func anyInput(t *rapid.T) score.Input {
	in := score.Input{
		Severity: rapid.SampledFrom(alert.Severities()).Draw(t, "severity"),
		Root:     rapid.Bool().Draw(t, "root"),
		Website:  rapid.Bool().Draw(t, "website"),
		Facts: enrich.Facts{
			History: anySnapshot(t),
			Address: enrich.Address{
				IP:      "198.51.100.7",
				Network: network.Network{Kind: rapid.SampledFrom(kinds()).Draw(t, "network")},
				Place:   geoip.Place{Country: rapid.SampledFrom([]string{"", "DE"}).Draw(t, "country")},
				Home:    enrich.HomeUnknown,
			},
			Bucket: bucketname.Name{
				Sensitivity: rapid.IntRange(0, 100).Draw(t, "sensitivity"), Public: rapid.Bool().Draw(t, "public name"),
			},
			Account: enrich.Account{ID: "1", Weight: rapid.SampledFrom([]float64{0, 0.5, 1, 1.2, 2}).Draw(t, "weight")},
		},
	}
	if in.Facts.Address.Place.Country != "" {
		in.Facts.Address.Home = rapid.SampledFrom([]string{enrich.HomeYes, enrich.HomeNo, enrich.HomeUnknown}).Draw(t, "home")
	}
	if rapid.Bool().Draw(t, "grants") {
		in.Grant = score.Grant{
			Reach:  rapid.SampledFrom([]score.Reach{"internet", "any-aws", "any-vpc", "org", "cross-account", "ip-range", "service"}).Draw(t, "reach"),
			Access: rapid.SampledFrom([]score.Access{score.Recon, score.List, score.Read, score.Write, score.Takeover}).Draw(t, "access"),
			Own:    rapid.IntRange(0, 3).Draw(t, "own") == 0,
		}
	}
	return in
}

// redFlags are changes that make an input worse, each by itself.
func redFlags() map[string]func(t *rapid.T, in *score.Input) {
	return map[string]func(t *rapid.T, in *score.Input){
		"graver deed":   func(_ *rapid.T, in *score.Input) { in.Severity = min(alert.Critical, in.Severity+1) },
		"more access":   func(_ *rapid.T, in *score.Input) { in.Grant.Access = score.Takeover },
		"not one's own": func(_ *rapid.T, in *score.Input) { in.Grant.Own = false },
		"worse network": func(t *rapid.T, in *score.Input) {
			worse := func(k network.Kind) int {
				return map[network.Kind]int{network.Corporate: 0, network.Hosting: 2, network.VPN: 3, network.Tor: 4}[k] + map[bool]int{
					k == network.ISP || k == network.AWS || k == network.Unknown: 1,
				}[true]
			}
			to := rapid.SampledFrom(kinds()).Draw(t, "to network")
			if worse(to) > worse(in.Facts.Address.Network.Kind) {
				in.Facts.Address.Network.Kind = to
			}
		},
		"foreign country": func(_ *rapid.T, in *score.Input) {
			in.Facts.Address.Place.Country, in.Facts.Address.Home = "KP", enrich.HomeNo
		},
		"no home country": func(_ *rapid.T, in *score.Input) {
			if in.Facts.Address.Home == enrich.HomeYes {
				in.Facts.Address.Home = enrich.HomeUnknown
			}
		},
		"something new": func(t *rapid.T, in *score.Input) {
			in.Facts.History.First = append(slices.Clone(in.Facts.History.First), rapid.SampledFrom(firsts()).Draw(t, "also first"))
		},
		"no peers":     func(_ *rapid.T, in *score.Input) { in.Facts.History.PeerCalls = 0 },
		"not expected": func(_ *rapid.T, in *score.Input) { in.Facts.History.Expected = false },
		"never seen": func(_ *rapid.T, in *score.Input) {
			if h := &in.Facts.History; h.Known && !h.Learning && len(h.First) == 0 && h.Dormant == 0 {
				h.Known, h.First = false, firsts()
			}
		},
		"wider reach": func(t *rapid.T, in *score.Input) {
			// From named strangers to everybody is a deed of another kind: a website may be public, and is low then.
			for _, order := range [][]score.Reach{{"service", "ip-range", "org", "cross-account"}, {"any-vpc", "any-aws", "internet"}} {
				if at := slices.Index(order, in.Grant.Reach); at >= 0 {
					in.Grant.Reach = rapid.SampledFrom(order[at:]).Draw(t, "to reach")
				}
			}
		},
		"dormant": func(_ *rapid.T, in *score.Input) { in.Facts.History.Dormant = 90 * 24 * time.Hour },
		"travel":  func(_ *rapid.T, in *score.Input) { in.Facts.History.Travel = &history.Travel{} },
		"burst":   func(_ *rapid.T, in *score.Input) { in.Facts.History.Burst = []history.Burst{{Kind: "read"}} },
		"machine": func(_ *rapid.T, in *score.Input) { in.Facts.History.Nature = history.Automation },
		"root":    func(_ *rapid.T, in *score.Input) { in.Root = true },
		"sensitive name": func(_ *rapid.T, in *score.Input) {
			in.Facts.Bucket.Sensitivity = min(100, in.Facts.Bucket.Sensitivity+25)
		},
		"no public name": func(_ *rapid.T, in *score.Input) { in.Facts.Bucket.Public = false },
		"no website":     func(_ *rapid.T, in *score.Input) { in.Website = false },
		"valued account": func(_ *rapid.T, in *score.Input) { in.Facts.Account.Weight = 2 },
	}
}

// anyConfig is settings that are valid.
func anyConfig(t *rapid.T) score.Config {
	var c score.Config
	low := rapid.IntRange(5, 40).Draw(t, "low")
	medium := rapid.IntRange(low+5, 60).Draw(t, "medium")
	high := rapid.IntRange(medium+5, 80).Draw(t, "high")
	c.Thresholds = score.Thresholds{Low: low, Medium: medium, High: high, Critical: rapid.IntRange(high+5, 100).Draw(t, "critical")}
	w := reflect.ValueOf(&c.Weights).Elem()
	usual := reflect.ValueOf(score.DefaultConfig().Weights)
	for i := range w.NumField() {
		least, most := 0, 50
		if usual.Field(i).Int() < 0 {
			least, most = -50, 0
		}
		w.Field(i).SetInt(int64(rapid.IntRange(least, most).Draw(t, w.Type().Field(i).Name)))
	}
	// Which network is the worse is for the settings to say; the flag below goes by the usual order.
	c.Weights.CountryHome = max(c.Weights.CountryHome, c.Weights.Corporate)
	c.Weights.VPN = min(c.Weights.VPN, c.Weights.Tor)
	c.Weights.Hosting = min(c.Weights.Hosting, c.Weights.VPN)
	c.Validate(func(path, problem string) { t.Fatalf("%s: %s", path, problem) })
	return c
}

func TestARedFlagNeverLowers(t *testing.T) {
	names := []string{}
	for name := range redFlags() {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		c := score.DefaultConfig()
		if rapid.Bool().Draw(t, "own settings") {
			c = anyConfig(t)
		}
		in := anyInput(t)
		if rapid.Bool().Draw(t, "attempt") {
			in.Attempt = true
			in.Severity = in.Severity.Lower()
		}
		worse := in
		name := rapid.SampledFrom(names).Draw(t, "flag")
		redFlags()[name](t, &worse)
		before, after := c.Score(in), c.Score(worse)
		if after.Score < before.Score || after.Severity < before.Severity {
			t.Fatalf("%s lowers\n%s\nto\n%s", name, sum(before), sum(after))
		}
	})
}

func TestTheSumIsRight(t *testing.T) {
	c := score.DefaultConfig()
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		in.Attempt = rapid.Bool().Draw(t, "attempt")
		r := c.Score(in)
		total := 0
		for _, f := range r.Factors {
			total += f.Points
			if f.Name == "" || f.Detail == "" && f.Name != "rule" && f.Name != "grant" {
				t.Fatalf("a factor without words: %+v", f)
			}
		}
		if total != r.Score || r.Score < 0 || r.Score > 100 {
			t.Fatalf("the factors sum up to %d\n%s", total, sum(r))
		}
		same := strings.HasSuffix(r.Counterfactual, fmt.Sprintf(": %s %d", strings.ToUpper(r.Severity.String()), r.Score))
		if r.Counterfactual != "" && (len(context(r)) == 0 || same) {
			t.Fatalf("counterfactual %q of\n%s", r.Counterfactual, sum(r))
		}
	})
}

// context lists the factors that count beside the deed and the bounds.
func context(r score.Result) []string {
	return slices.DeleteFunc(counting(r), func(name string) bool {
		return slices.Contains([]string{"grant", "rule", "floor", "cap", "attempt"}, name)
	})
}

func TestAnAttemptIsOneStepBelowItsSuccess(t *testing.T) {
	c := score.DefaultConfig()
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		in.Severity = max(alert.Low, in.Severity)
		success := c.Score(in)
		in.Attempt, in.Severity = true, in.Severity.Lower()
		attempt := c.Score(in)
		if attempt.Severity != success.Severity.Lower() || attempt.Score > success.Score {
			t.Fatalf("success\n%s\nattempt\n%s", sum(success), sum(attempt))
		}
	})
}

func TestBoundsThatContextCannotUndo(t *testing.T) {
	c := score.DefaultConfig()
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		in.Grant.Own = false
		r := c.Score(in)
		g := in.Grant
		least := func(s alert.Severity, why string) {
			if r.Severity < s {
				t.Fatalf("%s: %s\n%s", why, s, sum(r))
			}
		}
		if in.Severity > 2 {
			least(in.Severity-2, "two steps")
		}
		if g.Reach.Public() {
			least(min(alert.Low, in.Severity), "public")
			if g.Access == score.Write || g.Access == score.Takeover {
				least(min(alert.High, in.Severity), "write or takeover")
			}
			if in.Facts.Bucket.Sensitivity >= 70 && g.Access != score.Recon && in.Severity >= alert.Medium {
				least(alert.High, "sensitive and public")
			}
		}
		if g.Reach == "cross-account" || g.Reach == "org" {
			least(min(alert.Medium, in.Severity), "strangers")
		}
		if g.Reach == "ip-range" {
			least(min(alert.Low, in.Severity), "address range")
		}
	})
}

func TestNewnessAloneIsNeverCritical(t *testing.T) {
	for _, severity := range []alert.Severity{alert.Info, alert.Low, alert.Medium, alert.High} {
		for _, known := range []bool{true, false} {
			for _, learning := range []bool{true, false} {
				in := score.Input{Severity: severity, Facts: enrich.Facts{History: history.Snapshot{
					Known: known, Learning: learning, First: []string{"call", "service", "bucket", "hour", "user_agent", "region", "account"},
				}}}
				if got := score.DefaultConfig().Score(in); got.Severity != severity {
					t.Errorf("%s became %s", severity, got.Severity)
				}
			}
		}
	}
}

func TestUnknownIsSaidAndCountsNeitherWay(t *testing.T) {
	in := score.Input{Severity: alert.High, Detail: "AllUsers may READ", Facts: enrich.Facts{
		Address: enrich.Address{
			IP: "198.51.100.7", Network: network.Network{Kind: network.Unknown}, Home: enrich.HomeUnknown,
			Place: geoip.Place{Missing: []string{"asn: no database configured"}},
		},
		History: history.Snapshot{Learning: true},
	}}
	got := score.DefaultConfig().Score(in)
	text := sum(got)
	for _, want := range []string{"network type of 198.51.100.7 unknown (not scored)", "country unknown (not scored)", "still learning (not scored)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said in\n%s", want, text)
		}
	}
	if got.Score != 64 || got.Severity != alert.High || got.Counterfactual != "" {
		t.Errorf("got\n%s", text)
	}
}

func TestCounterfactual(t *testing.T) {
	in := score.Input{Severity: alert.High, Grant: score.Grant{Reach: "internet", Access: score.Read}, Facts: enrich.Facts{
		Address: enrich.Address{IP: "203.0.113.1", Network: network.Network{Kind: network.VPN, Name: "Example VPN"}, Home: enrich.HomeUnknown},
		History: history.Snapshot{Learning: true},
		Bucket:  bucketname.New(nil).Look("kops-state"),
	}}
	got := score.DefaultConfig().Score(in)
	if got.Score != 93 || got.Severity != alert.Critical || got.Counterfactual != "Without VPN or proxy: HIGH 78" {
		t.Errorf("got\n%s", sum(got))
	}
	in.Facts.Address.Network.Kind, in.Facts.Bucket = network.Corporate, bucketname.Name{}
	if got := score.DefaultConfig().Score(in); got.Counterfactual != "Without corporate network: HIGH 64" {
		t.Errorf("got\n%s", sum(got))
	}
}
