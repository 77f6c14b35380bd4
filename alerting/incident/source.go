package incident

import (
	"cmp"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// sourceOf says where a call came from; what is not known is said as such.
func sourceOf(rec *cloudtrail.Record, facts *enrich.Facts) alert.Source {
	place, network := &facts.Address.Place, &facts.Address.Network
	s := alert.Source{
		IP: cmp.Or(rec.SourceIPAddress, alert.Unknown), Country: cmp.Or(place.Country, alert.Unknown), City: cmp.Or(place.City, alert.Unknown),
		ASN: place.ASN, Org: cmp.Or(place.Org, alert.Unknown), Network: cmp.Or(string(network.Kind), alert.Unknown),
		NetworkName: network.Name, UserAgent: cmp.Or(rec.UserAgent, alert.Unknown),
		Sources: slices.Clone(place.Sources), Missing: place.Missing,
	}
	if network.Source != "" {
		s.Sources = append(s.Sources, network.Source)
	}
	return s
}
