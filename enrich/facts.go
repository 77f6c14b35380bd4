package enrich

import (
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/geoip"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// Facts is everything the enrichers know about one record. Facts are never verdicts: what they mean for the
// urgency of an alert is decided in alerting/score.
type Facts struct {
	Address Address          `json:"address"`
	History history.Snapshot `json:"history"`
	Bucket  bucketname.Name  `json:"bucket"`
	Account Account          `json:"account"`
}

// Address is where a call came from.
type Address struct {
	IP       string          `json:"ip"`                 // sourceIPAddress as recorded
	Service  string          `json:"service,omitempty"`  // the AWS service host when the call came from inside AWS; IP may repeat it
	Private  bool            `json:"private,omitempty"`  // RFC 1918, CGNAT, loopback, link-local or unique local
	Endpoint string          `json:"endpoint,omitempty"` // VPC endpoint id
	Place    geoip.Place     `json:"place"`
	Network  network.Network `json:"network"`
	// Home is "yes" or "no" where enrich.home_countries and the country are known, else "unknown".
	Home string `json:"home"`
}

// Account is what the settings say about the account that owns the resource.
type Account struct {
	ID     string  `json:"id"`
	Name   string  `json:"name,omitempty"`
	Weight float64 `json:"weight"` // 1 unless configured
}
