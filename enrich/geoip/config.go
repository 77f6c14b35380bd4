package geoip

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/trailwarden/trailwarden/enrich/history"
)

// Config names the database files. An empty path means there is none: what it would have told is unknown.
type Config struct {
	City        string `yaml:"city"`
	ASN         string `yaml:"asn"`
	AnonymousIP string `yaml:"anonymous_ip"`
	Country     string `yaml:"country"`
	// TorGeoIP is the folder of the country lists geoip and geoip6 that come with tor. Where they are installed
	// they tell the countries that no database tells; where they are not, nothing is amiss.
	TorGeoIP string `yaml:"tor_geoip"`
	// StaleAfter is the age from which on a database is told as stale. It is used all the same.
	StaleAfter history.Duration `yaml:"stale_after"`
	Update     Update           `yaml:"update"`
}

// Update is the account that fetches databases from MaxMind. Without a license key nothing is fetched.
type Update struct {
	AccountID      int      `yaml:"account_id"`
	LicenseKeyFile string   `yaml:"license_key_file"`
	Editions       []string `yaml:"editions"`
	// Directory is where the fetched files are kept, each under its edition's name.
	Directory string           `yaml:"directory"`
	Every     history.Duration `yaml:"every"`
	URL       string           `yaml:"url"` // another endpoint than MaxMind's own
}

// Enabled reports whether databases are fetched.
func (u Update) Enabled() bool { return u.LicenseKeyFile != "" }

// DefaultConfig names no database; the editions are MaxMind's free ones.
func DefaultConfig() Config {
	return Config{
		TorGeoIP:   "/usr/share/tor",
		StaleAfter: history.Duration(60 * 24 * time.Hour),
		Update: Update{
			Editions: []string{"GeoLite2-City", "GeoLite2-ASN"},
			Every:    history.Duration(24 * time.Hour),
		},
	}
}

// Validate reports what is wrong with the settings themselves; whether the files can be read is told by Open.
func (c Config) Validate(report func(path, problem string)) {
	if c.StaleAfter <= 0 {
		report("stale_after", fmt.Sprintf("%s is no age: use something like 60d", c.StaleAfter))
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
	if u.Every < history.Duration(time.Hour) {
		report("update.every", fmt.Sprintf("%s is too often: use 1h or more", u.Every))
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

// CheckFiles opens every file, one after the other, and reports those that cannot be used.
func (c Config) CheckFiles(report func(path, file string, cause error)) {
	told := func(err error) {
		if fault, ok := errors.AsType[*FileError](err); ok {
			report(fault.Setting, fault.Path, fault.Cause)
		}
	}
	for _, want := range c.WithFetched().wanted() {
		_, err := openFile(want.slot, want.path)
		told(err)
	}
	_, err := openTor(c.TorGeoIP)
	told(err)
}

// EachPath visits every path of the settings but that of the secret, so that relative ones can be resolved.
func (c *Config) EachPath(visit func(path *string)) {
	for _, p := range []*string{
		&c.City, &c.ASN, &c.AnonymousIP, &c.Country, &c.TorGeoIP, &c.Update.Directory,
	} {
		if *p != "" {
			visit(p)
		}
	}
}
