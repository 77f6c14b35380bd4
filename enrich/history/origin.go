package history

import "github.com/trailwarden/trailwarden/enrich/network"

// Origin is where a call came from, in the few words that history keeps of it. A zero field is unknown.
type Origin struct {
	Country             [2]byte // ISO 3166-1 alpha-2
	ASN                 uint32
	Kind                network.Kind
	Located             bool // Latitude and Longitude, in degrees, are known
	Latitude, Longitude float32
}
