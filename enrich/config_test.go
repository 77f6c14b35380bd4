package enrich_test

import (
	"slices"
	"testing"

	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

func TestConfigTellsEveryFault(t *testing.T) {
	cfg := enrich.DefaultConfig()
	cfg.GeoIP.StaleAfter = -1
	cfg.Networks = network.Config{{Name: "a", Kind: "lan", CIDRs: []string{"10.0.0.0/8"}}}
	cfg.HomeCountries = []string{"DE", "germany"}
	cfg.OrganizationID = "org"
	cfg.KnownAccounts = []string{"111122223333", "42"}
	cfg.History.Retention = 0
	cfg.Buckets = bucketname.Config{{}}
	cfg.Principals = []history.Principal{{Kind: "robot", Match: "x"}}
	cfg.Accounts = map[string]enrich.AccountConfig{"prod": {}, "111122223333": {Weight: 7}}
	var got []string
	cfg.Validate(func(path, problem string) {
		if problem == "" {
			t.Errorf("%s: no problem is told", path)
		}
		got = append(got, path)
	})
	for _, want := range []string{
		"geoip.stale_after", "networks[0].kind", "home_countries[1]", "organization_id", "known_accounts[1]",
		"history.retention", "buckets[0].match", "principals[0].kind", "accounts.prod", "accounts.111122223333.weight",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not told in %q", want, got)
		}
	}
}

func TestDefaultConfigIsValid(t *testing.T) {
	enrich.DefaultConfig().Validate(func(path, problem string) { t.Errorf("%s: %s", path, problem) })
}

func TestEachPathVisitsAllFiles(t *testing.T) {
	cfg := enrich.DefaultConfig()
	cfg.GeoIP.City = "city.mmdb"
	cfg.Networks = network.Config{{File: "vpn.txt"}}
	var got []string
	cfg.EachPath(func(p *string) { got = append(got, *p) })
	if want := []string{"city.mmdb", "/usr/share/tor", "vpn.txt"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
