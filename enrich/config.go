package enrich

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/geoip"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/live"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// Config is the part of the settings that tells what is known beforehand: the world's addresses, the own
// organization, the own people, machines, buckets and accounts.
type Config struct {
	GeoIP    geoip.Config   `yaml:"geoip"`
	Networks network.Config `yaml:"networks"`
	// HomeCountries are the ISO 3166-1 alpha-2 codes calls are expected from. None: every country is as good.
	HomeCountries []string `yaml:"home_countries"`
	// OrganizationID is the own AWS Organization, "o-…"; KnownAccounts are one's own accounts, inside it or not.
	OrganizationID string            `yaml:"organization_id"`
	KnownAccounts  []string          `yaml:"known_accounts"`
	History        history.Config    `yaml:"history"`
	Buckets        bucketname.Config `yaml:"buckets"`
	// Principals are actors whose nature and usual work is known; the first match counts.
	Principals []history.Principal `yaml:"principals"`
	// Accounts says more about single accounts, by account id.
	Accounts map[string]AccountConfig `yaml:"accounts"`
	// Live says whether S3 itself is asked about a bucket after an alert.
	Live live.Config `yaml:"live"`
}

// AccountConfig is what the settings say about one account.
type AccountConfig struct {
	Name string `yaml:"name"`
	// Weight is how much the account counts: 1 as any other, up to 2 for the most valuable; 0 is taken as 1.
	Weight float64 `yaml:"weight"`
}

// DefaultConfig knows nothing beforehand.
func DefaultConfig() Config {
	return Config{GeoIP: geoip.DefaultConfig(), History: history.DefaultConfig(), Live: live.DefaultConfig()}
}

// Validate reports every fault of the settings by its path within them. Files are opened by NewLookup, not here.
func (c Config) Validate(report func(path, problem string)) {
	under := func(part string) func(string, string) {
		return func(path, problem string) { report(join(part, path), problem) }
	}
	c.GeoIP.Validate(under("geoip"))
	c.Networks.Validate(under("networks"))
	c.History.Validate(under("history"))
	c.Buckets.Validate(under("buckets"))
	c.Live.Validate(under("live"))
	for i, p := range c.Principals {
		p.Validate(under(fmt.Sprintf("principals[%d]", i)))
	}
	for i, code := range c.HomeCountries {
		if !countryCode().MatchString(code) {
			report(fmt.Sprintf("home_countries[%d]", i), fmt.Sprintf("%q is no country: use two capital letters such as DE", code))
		}
	}
	if c.OrganizationID != "" && !organizationID().MatchString(c.OrganizationID) {
		report("organization_id", fmt.Sprintf("%q is no organization: it looks like o-a1b2c3d4e5", c.OrganizationID))
	}
	for i, id := range c.KnownAccounts {
		if !accountID().MatchString(id) {
			report(fmt.Sprintf("known_accounts[%d]", i), notAnAccount(id))
		}
	}
	for id, a := range c.Accounts {
		if !accountID().MatchString(id) {
			report("accounts."+id, notAnAccount(id))
		}
		if a.Weight < 0 || a.Weight > 2 {
			report("accounts."+id+".weight", fmt.Sprintf("%v is out of range: use 0.5 for a playground to 2 for what matters most", a.Weight))
		}
	}
}

// CheckFiles opens every data file the settings name, and reports those that cannot be used, each by its path within
// the settings: file is the file's own path, with the line where one is to blame.
func (c Config) CheckFiles(report func(path, file string, cause error)) {
	c.GeoIP.CheckFiles(func(path, file string, cause error) { report("geoip."+path, file, cause) })
	c.Networks.CheckFiles(func(path, file string, cause error) { report("networks"+path, file, cause) })
}

// EachPath visits every file path of the settings, so that relative ones can be resolved.
func (c *Config) EachPath(visit func(path *string)) {
	c.GeoIP.EachPath(visit)
	c.Networks.EachPath(visit)
}

func notAnAccount(id string) string {
	return fmt.Sprintf("%q is no account: use the twelve digits, in quotes", id)
}

// join makes one path of a part and a path within it: "networks" and "[0].kind" are "networks[0].kind".
func join(part, path string) string {
	if path == "" || strings.HasPrefix(path, "[") {
		return part + path
	}
	return part + "." + path
}

func countryCode() *regexp.Regexp    { return regexp.MustCompile(`^[A-Z]{2}$`) }
func organizationID() *regexp.Regexp { return regexp.MustCompile(`^o-[a-z0-9]{10,32}$`) }
func accountID() *regexp.Regexp      { return regexp.MustCompile(`^[0-9]{12}$`) }
