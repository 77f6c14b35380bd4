package score

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// address judges where the call came from: network and country.
func (c Config) address(in Input) []factor {
	return slices.Concat([]factor{c.network(in.Facts.Address)}, c.country(in))
}

// network gives the one factor of the network; one of 0 points where it counts neither way.
func (c Config) network(a enrich.Address) factor {
	w, n := c.Weights, a.Network
	whose := n.Name
	if whose == "" {
		whose = a.Place.Org
	}
	of := func(sort string) string {
		if whose == "" {
			return fmt.Sprintf("%s belongs to %s", a.IP, sort)
		}
		return fmt.Sprintf("%s belongs to %s: %s", a.IP, sort, whose)
	}
	switch n.Kind {
	case network.Tor:
		return flag(torFactor, w.Tor, of("the Tor network"))
	case network.VPN:
		return flag(vpnFactor, w.VPN, of("a VPN or proxy"))
	case network.Hosting:
		return flag(hostingFactor, w.Hosting, of("a hosting provider"))
	case network.Corporate:
		return flag(corporateFactor, w.Corporate, of("the company's own network"))
	}
	return flag(addressFactor, 0, indifferent(a, of))
}

// indifferent is the sentence on a network that counts neither way.
func indifferent(a enrich.Address, of func(string) string) string {
	switch {
	case a.Service != "":
		return fmt.Sprintf("the call was made from within AWS by %s", a.Service)
	case a.Network.Kind == network.VPCEndpoint && a.Endpoint == "":
		return of("a VPC, and does not show where the caller is")
	case a.Network.Kind == network.VPCEndpoint:
		return fmt.Sprintf("the call came through VPC endpoint %s, so the source address does not show where the caller is", a.Endpoint)
	case a.Private && a.Endpoint != "":
		return fmt.Sprintf("%s is a private address behind VPC endpoint %s", a.IP, a.Endpoint)
	case a.Private:
		return fmt.Sprintf("%s is a private address", a.IP)
	case a.Network.Kind == network.AWS:
		return of("AWS")
	case a.Network.Kind == network.ISP:
		return of("an internet provider")
	case a.IP == "":
		return "the record names no source address"
	}
	sentence := fmt.Sprintf("the kind of network of %s is not known and counts neither way", a.IP)
	if len(a.Place.Missing) > 0 {
		sentence += " (" + strings.Join(a.Place.Missing, "; ") + ")"
	}
	return sentence
}

// country judges the country, also by where the user was before. The company's own network explains every
// country, and calls from within AWS have none.
func (c Config) country(in Input) []factor {
	a := in.Facts.Address
	if a.Network.Kind == network.Corporate || a.Network.Kind == network.VPCEndpoint || a.Service != "" || a.Private || a.IP == "" {
		return nil
	}
	if a.Place.Country == "" {
		return []factor{flag(countryFactor, 0, "the country is not known and counts neither way")}
	}
	var all []factor
	switch a.Home {
	case enrich.HomeNo:
		all = append(all, flag(countryForeignFactor, c.Weights.CountryForeign, a.Place.Country+" is none of the home countries"))
	case enrich.HomeYes:
		all = append(all, flag(countryHomeFactor, c.Weights.CountryHome, a.Place.Country+" is a home country"))
	}
	if h := in.Facts.History; h.Known && !h.Learning && slices.Contains(h.First, "country") {
		detail := fmt.Sprintf("the user was never seen in %s before", a.Place.Country)
		others := slices.DeleteFunc(slices.Clone(h.Countries), func(c string) bool { return c == a.Place.Country })
		if len(others) < len(h.Countries) {
			detail = fmt.Sprintf("the user was not seen in %s before the last day", a.Place.Country)
		}
		if len(others) > 0 {
			detail += ", only in " + strings.Join(others[:min(3, len(others))], ", ")
		}
		all = append(all, flag(countryNewFactor, c.Weights.CountryNew, detail))
	}
	return all
}

// flag makes a factor without a floor.
func flag(name string, points int, detail string) factor {
	return factor{Factor: alert.Factor{Name: name, Points: points, Detail: detail}}
}
