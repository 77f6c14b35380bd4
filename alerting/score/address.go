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
	of := func(kind string) string {
		switch {
		case kind != "" && whose != "":
			return fmt.Sprintf("%s, %s (%s)", a.IP, kind, whose)
		case kind != "":
			return fmt.Sprintf("%s, %s", a.IP, kind)
		case whose != "":
			return fmt.Sprintf("%s (%s)", a.IP, whose)
		default:
			return a.IP
		}
	}
	switch n.Kind {
	case network.Tor:
		return flag(torFactor, w.Tor, of(""))
	case network.Malicious:
		return flag(maliciousFactor, w.Malicious, of(""))
	case network.VPN:
		return flag(vpnFactor, w.VPN, of(""))
	case network.Hosting:
		return flag(hostingFactor, w.Hosting, of(""))
	case network.Corporate:
		return flag(corporateFactor, w.Corporate, of(""))
	}
	return flag(addressFactor, 0, indifferent(a, of))
}

// indifferent is the sentence on a network that counts neither way.
func indifferent(a enrich.Address, of func(string) string) string {
	switch {
	case a.Service != "":
		return fmt.Sprintf("called by AWS service %s", a.Service)
	case a.Network.Kind == network.VPCEndpoint && a.Endpoint == "":
		return "called from a VPC; the address does not show where the caller is (not scored)"
	case a.Network.Kind == network.VPCEndpoint:
		return fmt.Sprintf("called through VPC endpoint %s; the address does not show where the caller is (not scored)", a.Endpoint)
	case a.Private && a.Endpoint != "":
		return fmt.Sprintf("%s is a private address behind VPC endpoint %s", a.IP, a.Endpoint)
	case a.Private:
		return fmt.Sprintf("%s is a private address", a.IP)
	case a.Network.Kind == network.AWS:
		return of("AWS")
	case a.Network.Kind == network.ISP:
		return of("ISP")
	case a.IP == "":
		return "the event has no source address"
	}
	return fmt.Sprintf("network type of %s unknown (not scored)", a.IP)
}

// country judges the country, also by where the user was before. The company's own network explains every
// country, and calls from within AWS have none.
func (c Config) country(in Input) []factor {
	a := in.Facts.Address
	if a.Network.Kind == network.Corporate || a.Network.Kind == network.VPCEndpoint || a.Service != "" || a.Private || a.IP == "" {
		return nil
	}
	if a.Place.Country == "" {
		return []factor{flag(countryFactor, 0, "country unknown (not scored)")}
	}
	var all []factor
	switch a.Home {
	case enrich.HomeNo:
		all = append(all, flag(countryForeignFactor, c.Weights.CountryForeign, a.Place.Country))
	case enrich.HomeYes:
		all = append(all, flag(countryHomeFactor, c.Weights.CountryHome, a.Place.Country))
	}
	if h := in.Facts.History; h.Known && !h.Learning && slices.Contains(h.First, "country") {
		detail := fmt.Sprintf("first activity from %s", a.Place.Country)
		others := slices.DeleteFunc(slices.Clone(h.Countries), func(c string) bool { return c == a.Place.Country })
		if len(others) < len(h.Countries) {
			detail = fmt.Sprintf("no activity from %s until the last 24 h", a.Place.Country)
		}
		if len(others) > 0 {
			detail += " (usual: " + strings.Join(others[:min(3, len(others))], ", ") + ")"
		}
		all = append(all, flag(countryNewFactor, c.Weights.CountryNew, detail))
	}
	return all
}

// flag makes a factor without a floor.
func flag(name string, points int, detail string) factor {
	return factor{Factor: alert.Factor{Name: name, Points: points, Detail: detail}}
}
