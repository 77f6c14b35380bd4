package config

import (
	"fmt"
	"os"
	"path/filepath"
)

// dataFiles reports every data file and rule file that the settings name and that cannot be opened now. What is in
// them is told by who reads them.
func (c *Config) dataFiles(report func(key, problem string)) {
	look := func(key, path string) {
		if path == "" {
			return
		}
		f, err := os.Open(path)
		if err != nil {
			report(key, fmt.Sprintf("%s cannot be read (%v); give the path of a file that is there", path, reason(err)))
			return
		}
		_ = f.Close() // nothing was read
	}
	if g := c.Enrich.GeoIP; !g.Update.Enabled() { // else they are fetched
		look("enrich.geoip.city", g.City)
		look("enrich.geoip.asn", g.ASN)
		look("enrich.geoip.anonymous_ip", g.AnonymousIP)
		look("enrich.geoip.country", g.Country)
	}
	for i, n := range c.Enrich.Networks {
		look(fmt.Sprintf("enrich.networks[%d].file", i), n.File)
	}
	for i, pattern := range c.Rules.Files {
		if found, err := filepath.Glob(pattern); err == nil && len(found) == 0 {
			report(fmt.Sprintf("rules.files[%d]", i), pattern+" leads to no file; name a rule file, a folder of them, or a pattern that matches some")
		}
	}
}
