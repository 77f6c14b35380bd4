package geoip

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Config names the database files. An empty path means there is none: what it would have told is unknown.
type Config struct {
	City        string `yaml:"city"`
	ASN         string `yaml:"asn"`
	AnonymousIP string `yaml:"anonymous_ip"`
	Country     string `yaml:"country"`
	// StaleDays is the age in days from which on a database is told as stale. It is used all the same.
	StaleDays int    `yaml:"stale_days"`
	Update    Update `yaml:"update"`
}

// Update is the account that fetches databases from MaxMind. Without a license key nothing is fetched.
type Update struct {
	AccountID      int      `yaml:"account_id"`
	LicenseKeyFile string   `yaml:"license_key_file"`
	Editions       []string `yaml:"editions"`
	// Directory is where the fetched files are kept, each under its edition's name.
	Directory string `yaml:"directory"`
	Hours     int    `yaml:"hours"` // between two looks
	URL       string `yaml:"url"`   // another endpoint than MaxMind's own
}

// Enabled reports whether databases are fetched.
func (u Update) Enabled() bool { return u.LicenseKeyFile != "" }

// DefaultConfig names no database; the editions are MaxMind's free ones.
func DefaultConfig() Config {
	return Config{
		StaleDays: 60,
		Update:    Update{Editions: []string{"GeoLite2-City", "GeoLite2-ASN"}, Hours: 24},
	}
}

// Validate reports what is wrong with the settings themselves; whether the files can be read is told by Open.
func (c Config) Validate(report func(path, problem string)) {
	if c.StaleDays < 1 {
		report("stale_days", fmt.Sprintf("%d is no age: use a number of days, 1 or more", c.StaleDays))
	}
	u := c.Update
	if !u.Enabled() {
		if u.AccountID != 0 {
			report("update.license_key_file", "is missing beside account_id: name the file that holds the license key")
		}
		return
	}
	if u.AccountID <= 0 {
		report("update.account_id", "is missing beside license_key_file: use the number of the MaxMind account")
	}
	if u.Directory == "" {
		report("update.directory", "is missing: name a writable folder for the fetched databases")
	}
	if u.Hours < 1 {
		report("update.hours", fmt.Sprintf("%d is no interval: use a number of hours, 1 or more", u.Hours))
	}
	if len(u.Editions) == 0 {
		report("update.editions", "is empty: name at least one, such as GeoLite2-City")
	}
	for i, e := range u.Editions {
		if slotOf(e) == none || e != filepath.Base(e) {
			report(fmt.Sprintf("update.editions[%d]", i),
				fmt.Sprintf("%q is no City, ASN, Country, ISP, Enterprise or Anonymous-IP edition", e))
		}
	}
}

// EachPath visits every file path of the settings, so that relative ones can be resolved.
func (c *Config) EachPath(visit func(path *string)) {
	for _, p := range []*string{&c.City, &c.ASN, &c.AnonymousIP, &c.Country, &c.Update.Directory, &c.Update.LicenseKeyFile} {
		if *p != "" {
			visit(p)
		}
	}
}

// slot is the place a database takes: what it is asked for.
type slot int

const (
	none slot = iota
	city
	asn
	anonymous
	country
)

// String gives the setting that names the slot's file.
func (s slot) String() string {
	return [...]string{"none", "city", "asn", "anonymous_ip", "country"}[s]
}

// slotOf tells from MaxMind's name of an edition or type what it can be asked for.
func slotOf(edition string) slot {
	switch {
	case strings.Contains(edition, "Anonymous"):
		return anonymous
	case strings.Contains(edition, "City"), strings.Contains(edition, "Enterprise"):
		return city
	case strings.Contains(edition, "ASN"), strings.Contains(edition, "ISP"):
		return asn
	case strings.Contains(edition, "Country"):
		return country
	default:
		return none
	}
}
