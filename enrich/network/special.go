package network

import (
	"net/netip"
	"strings"
)

// Private reports whether an address is none of the internet's: private, shared (carrier-grade NAT), loopback,
// link-local or unspecified.
func Private(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || shared(ip)
}

// shared reports whether ip is of 100.64.0.0/10, RFC 6598.
func shared(ip netip.Addr) bool {
	if !ip.Is4() {
		return false
	}
	b := ip.As4()
	return b[0] == 100 && b[1]&0xc0 == 64
}

// Service reports whether a recorded source is an AWS service, such as "cloudformation.amazonaws.com" or
// "AWS Internal", in place of an address.
func Service(source string) bool {
	host := strings.TrimSuffix(source, ".cn")
	return host == "AWS Internal" || host == "amazonaws.com" || strings.HasSuffix(host, ".amazonaws.com") ||
		strings.HasSuffix(host, ".aws.internal")
}
