package exposure

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// The broadest ranges S3 still calls fixed: /8 for IPv4 and /32 for IPv6. S3 exempts private ranges (RFC 1918),
// which needs no rule: none of them is broader than /8.
const (
	broadestV4 = 8
	broadestV6 = 32
)

// manyV4 is how many IPv4 addresses all ranges of one condition may hold together, an eighth of all. S3's page
// is silent about many ranges of which each is narrow enough; that many are no limit on who.
const manyV4 = 1 << 29

// parseRange reads an address or CIDR. An IPv4 range written as IPv6 is the IPv4 range.
func parseRange(text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

// addresses is who the values of aws:SourceIp let in.
func addresses(values []string) who {
	var ranges []netip.Prefix
	broad := ""
	for _, v := range values {
		p, ok := parseRange(v)
		if !ok {
			return who{reach: Internet, note: fmt.Sprintf("its address %q is no fixed range", clip(v))}
		}
		if p.Addr().Is4() && p.Bits() < broadestV4 || !p.Addr().Is4() && p.Bits() < broadestV6 {
			broad = v
		}
		ranges = append(ranges, p)
	}
	total := countV4(ranges)
	switch {
	case total == 1<<32:
		return who{reach: Internet, note: "its aws:SourceIp " + clip(strings.Join(values, " and ")) + " covers the whole internet"}
	case broad != "":
		return who{reach: Internet, note: "its address range " + clip(broad) + " is broader than /8, or /32 for IPv6"}
	case total >= manyV4:
		return who{reach: Internet, note: fmt.Sprintf("its %d address ranges together hold %d %% of all IPv4 addresses", len(values), total*100>>32)}
	}
	unspecified := func(p netip.Prefix) bool { return p.IsSingleIP() && p.Addr().IsUnspecified() }
	if len(ranges) > 0 && !slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return !unspecified(p) }) {
		return who{reach: Nobody, trust: own, fixed: true, note: "no caller has the address " + clip(values[0])}
	}
	if !slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return !p.Addr().IsPrivate() }) {
		return who{reach: AddressRange, trust: own, fixed: true, note: "no call over the internet comes from a private address"}
	}
	return who{reach: AddressRange, trust: uncertain, fixed: true, to: named(AddressRange, values...)}
}

// countV4 is how many IPv4 addresses the ranges hold together, each counted once.
func countV4(ranges []netip.Prefix) uint64 {
	v4 := slices.DeleteFunc(slices.Clone(ranges), func(p netip.Prefix) bool { return !p.Addr().Is4() })
	slices.SortFunc(v4, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	var total uint64
	var last netip.Prefix
	for _, p := range v4 {
		if last.IsValid() && last.Contains(p.Addr()) {
			continue // CIDR ranges lie inside each other or apart
		}
		last = p
		total += 1 << (32 - p.Bits())
	}
	return total
}
