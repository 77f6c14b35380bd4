package enrich

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/geoip"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// The values of Address.Home.
const (
	HomeYes     = "yes"
	HomeNo      = "no"
	HomeUnknown = "unknown"
)

// data is the settings and the files of one moment. It never changes.
type data struct {
	cfg      Config
	geo      *geoip.DB
	networks *network.Table
	names    *bucketname.Vocabulary
	own      map[string]bool // the accounts that the settings name
}

// address tells everything known of where a record's call came from.
func (d *data) address(rec *cloudtrail.Record, now time.Time) Address {
	a := Address{
		IP: rec.SourceIPAddress, Endpoint: rec.VPCEndpointID, Home: HomeUnknown,
		Network: network.Network{Kind: network.Unknown},
	}
	if network.Service(a.IP) {
		a.Service = a.IP
		if rec.UserIdentity.InvokedBy != "" {
			a.Service = rec.UserIdentity.InvokedBy
		}
		a.Network = serviceNetwork(a.Service)
		return a
	}
	ip, ok := parseIP(a.IP)
	a.Private = ok && network.Private(ip)
	if n, ok := d.endpoint(rec.VPCEndpointID, rec.VPCEndpointAccountID, rec.RecipientAccountID); ok {
		a.Network = n
		return a
	}
	if !ok {
		return a
	}
	if !a.Private {
		a.Place = d.geo.Look(ip, now)
		a.Home = d.home(a.Place.Country)
	}
	if a.Network = d.network(ip, &a.Place); a.Network.Kind == network.VPCEndpoint {
		a.Place, a.Home = geoip.Place{}, HomeUnknown
	}
	return a
}

// endpoint gives the network of a call through a VPC endpoint. The address of such a call is one of a VPC, which any
// account may choose, so it is looked up only if the endpoint belongs to one's own account and is not listed: then ok is
// false, as it is without an endpoint.
func (d *data) endpoint(id, owner, recipient string) (n network.Network, ok bool) {
	if id == "" {
		return n, false
	}
	if n, ok = d.networks.Endpoint(id); ok {
		return n, true
	}
	if owner != "" && (owner == recipient || d.own[owner]) {
		return n, false
	}
	return network.Network{Kind: network.VPCEndpoint, Name: id, Source: "network: VPC endpoint named by CloudTrail"}, true
}

// parseIP reads an address as recorded: IPv6 may stand in brackets and name a zone, which says nothing of where it is.
func parseIP(source string) (ip netip.Addr, ok bool) {
	if inside, open := strings.CutPrefix(source, "["); open {
		source = strings.TrimSuffix(inside, "]")
	}
	ip, err := netip.ParseAddr(source)
	return ip.WithZone("").Unmap(), err == nil
}

func serviceNetwork(host string) network.Network {
	return network.Network{Kind: network.AWS, Name: host, Source: "network: AWS service named by CloudTrail"}
}

func (d *data) home(country string) string {
	switch {
	case country == "" || len(d.cfg.HomeCountries) == 0:
		return HomeUnknown
	case slices.Contains(d.cfg.HomeCountries, country):
		return HomeYes
	default:
		return HomeNo
	}
}

// network decides between the sources: configured networks first, then the marks of anonymous networks, then the
// built-in autonomous systems. That an address belongs to AWS or to a VPN service says more than that it is a
// hosting provider's.
func (d *data) network(ip netip.Addr, p *geoip.Place) network.Network {
	if n, ok := d.networks.Look(ip); ok {
		return n
	}
	marked := func(kind network.Kind, name string) network.Network {
		return network.Network{Kind: kind, Name: name, Source: "network: marked in the anonymous_ip database"}
	}
	switch {
	case p.Tor:
		return marked(network.Tor, "Tor exit")
	case p.VPN:
		return marked(network.VPN, p.Provider)
	case p.Proxy:
		return marked(network.VPN, "open or residential proxy")
	}
	n, ok := d.networks.System(p.ASN)
	if p.Hosting && n.Kind != network.AWS && !n.Kind.Hides() {
		return marked(network.Hosting, p.Org)
	}
	if ok {
		return n
	}
	return network.Network{Kind: network.Unknown}
}

// origin is the part of an address that history learns. It leaves nothing of source behind.
func (d *data) origin(source string) history.Origin {
	if network.Service(source) {
		return history.Origin{Kind: network.AWS}
	}
	ip, ok := parseIP(source)
	if !ok {
		return history.Origin{Kind: network.Unknown}
	}
	var p geoip.Place
	if !network.Private(ip) {
		p = d.geo.Spot(ip)
	}
	kind := d.network(ip, &p).Kind
	if kind == network.VPCEndpoint {
		return history.Origin{Kind: kind}
	}
	o := history.Origin{
		ASN: p.ASN, Kind: kind,
		Located: p.Located, Latitude: float32(p.Latitude), Longitude: float32(p.Longitude),
	}
	copy(o.Country[:], p.Country)
	return o
}

// account tells what the settings say of an account.
func (d *data) account(id string) Account {
	a := Account{ID: id, Name: d.cfg.Accounts[id].Name, Weight: d.cfg.Accounts[id].Weight}
	if a.Weight == 0 {
		a.Weight = 1
	}
	return a
}
