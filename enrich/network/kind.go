package network

// Kind is what sort of network an address belongs to.
type Kind string

// The kinds of network, as settings, alerts and metrics spell them.
const (
	Corporate Kind = "corporate"
	VPN       Kind = "vpn"
	Tor       Kind = "tor"
	Hosting   Kind = "hosting"
	AWS       Kind = "aws"
	ISP       Kind = "isp"
	Unknown   Kind = "unknown"
)

// Network is the first configured network, or the best built-in knowledge, that an address falls in.
type Network struct {
	Kind   Kind
	Name   string // the network's or provider's name; may be empty
	Source string // "network: vpn-list (vpn.txt of 2026-11-01)"
}
