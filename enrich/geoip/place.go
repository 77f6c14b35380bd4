// Package geoip tells where an address is and whose it is, from files in MaxMind's format.
//
// Four files can be configured: a City and a Country database for the place, an ASN (or ISP) database for the
// network's owner, an Anonymous-IP database for VPN, hosting, Tor and proxy marks. Each may be MaxMind's own, or
// one with the same nested records (DB-IP), or a flat one (ipinfo), whose members are recognised by their names;
// a flat file that tells countries and networks both may stand in either place. Where tor's country lists are
// installed they are the fallback for the country.
//
// Unknown is a value: a Place says which facts it lacks and why, and from which file of which date the others
// came. Files are read into memory whole, checked for being what they are asked for, and replaced as a whole: a
// DB never changes, Refresh makes the next one and keeps the old data of a file whose new state is unusable.
package geoip

// Place is what the databases say of one address. A zero field is unknown.
type Place struct {
	Country             string // ISO 3166-1 alpha-2
	City                string
	Latitude, Longitude float64 // degrees, meaningful only if Located
	Located             bool
	ASN                 uint32
	Org                 string
	// VPN, Hosting, Tor and Proxy are the Anonymous IP database's flags; Provider its VPN's name.
	VPN, Hosting, Tor, Proxy bool
	Provider                 string
	Sources                  []string // "country: GeoLite2-City of 2026-11-01"
	Missing                  []string // "asn: no database configured", "city: GeoLite2-City of 2024-01-01 is outdated"
}
