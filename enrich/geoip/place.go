package geoip

// Place is what the MaxMind-format databases say of one address. A zero field is unknown.
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
	Missing                  []string // "city: no database configured", "asn: GeoLite2-ASN of 2024-01-01 is stale"
}
