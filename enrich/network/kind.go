// Package network tells what sort of network an address belongs to: the own company's, a VPN service, a Tor
// exit, a hosting provider, AWS, or an ordinary internet provider.
//
// Three sources know it. Configured networks come first, in their order, the first that holds the address: from
// lists in the settings or in files. Then there are built-in tables of autonomous systems whose business is
// known. And some sources are no addresses of the internet at all: private ones, and the AWS services that
// CloudTrail names in an address's place.
//
// A Table never changes; Refresh makes the next one from files that changed on disk.
package network

// Kind is what sort of network an address belongs to.
type Kind string

// The kinds of network, as settings, alerts and metrics spell them.
const (
	Corporate Kind = "corporate"
	VPN       Kind = "vpn"
	Tor       Kind = "tor"
	Malicious Kind = "malicious" // on a list of addresses that attacks come from
	Hosting   Kind = "hosting"
	AWS       Kind = "aws"
	ISP       Kind = "isp"
	// VPCEndpoint is an address of a VPC, seen through a VPC endpoint, that says nothing of where the caller is.
	VPCEndpoint Kind = "vpc-endpoint"
	Unknown     Kind = "unknown"
)

// Hides reports whether callers of this kind of network commonly wish not to be known, or are rented machines:
// where a person or a company's own machine is not expected.
func (k Kind) Hides() bool { return k == VPN || k == Tor || k == Malicious || k == Hosting }

// Network is the first configured network, or the best built-in knowledge, that an address falls in.
type Network struct {
	Kind   Kind
	Name   string // the network's or provider's name; may be empty
	Source string // "network: vpn-list (vpn.txt of 2026-11-01)"
}
