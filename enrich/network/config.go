package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Config lists the configured networks; the first one that holds an address wins.
type Config []Entry

// Entry is one configured network: addresses listed in place or in a file, and VPC endpoints.
type Entry struct {
	Name string `yaml:"name"`
	Kind Kind   `yaml:"kind"`
	// CIDRs are networks such as 198.51.100.0/24, or single addresses.
	CIDRs []string `yaml:"cidrs"`
	// File is a list, plain or gzipped: one network a line (X4BNet and others), Tor's exit list, or AWS's
	// ip-ranges.json.
	File string `yaml:"file"`
	// VPCEndpoints are ids of VPC endpoints, such as vpce-0a1b2c3d4e5f60718: calls through them come from this network.
	VPCEndpoints []string `yaml:"vpc_endpoints"`
}

// Kinds lists the kinds a configured network can have.
func Kinds() []Kind { return []Kind{Corporate, VPN, Tor, Malicious, Hosting, AWS, ISP, VPCEndpoint} }

// Validate reports what is wrong with the settings themselves; whether the files can be read is told by Open.
func (c Config) Validate(report func(path, problem string)) {
	seen := map[string]bool{}
	for i, e := range c {
		at := func(key string) string { return fmt.Sprintf("[%d].%s", i, key) }
		switch {
		case e.Name == "":
			report(at("name"), "is missing: alerts call the network by it")
		case seen[e.Name]:
			report(at("name"), fmt.Sprintf("%q is taken by an earlier network: choose another", e.Name))
		}
		seen[e.Name] = true
		if !slices.Contains(Kinds(), e.Kind) {
			report(at("kind"), fmt.Sprintf("%q is no kind of network: use corporate, vpn, tor, malicious, hosting, aws, isp or vpc-endpoint", e.Kind))
		}
		if len(e.CIDRs)+len(e.VPCEndpoints) == 0 && e.File == "" {
			report(at("cidrs"), "no addresses: list some under cidrs, name a file, or list vpc_endpoints")
		}
		for j, id := range e.VPCEndpoints {
			if digits, ok := strings.CutPrefix(id, "vpce-"); !ok || digits == "" || strings.Trim(digits, "0123456789abcdef") != "" {
				report(fmt.Sprintf("[%d].vpc_endpoints[%d]", i, j), fmt.Sprintf("%q is not the id of a VPC endpoint, for example vpce-0a1b2c3d4e5f60718", id))
			}
		}
		for j, text := range e.CIDRs {
			if _, err := parsePrefix(text); err != nil {
				report(fmt.Sprintf("[%d].cidrs[%d]", i, j), err.Error())
			}
		}
	}
}

// CheckFiles reads every file, and reports those that cannot be used, with the line where one is to blame.
func (c Config) CheckFiles(report func(path, file string, cause error)) {
	for i, e := range c {
		if e.File == "" {
			continue
		}
		_, err := readList(e.File, func(netip.Prefix) {})
		if fault, ok := errors.AsType[*ListError](err); ok {
			report(fmt.Sprintf("[%d].file", i), fault.place(), fault.Cause)
		}
	}
}

// EachPath visits every file path of the settings, so that relative ones can be resolved.
func (c Config) EachPath(visit func(path *string)) {
	for i := range c {
		if c[i].File != "" {
			visit(&c[i].File)
		}
	}
}

const longestText = 49 // of an IPv6 network with its IPv4 part

// parsePrefix reads a network or a single address. IPv4-mapped IPv6 becomes IPv4; host bits are dropped.
func parsePrefix(text string) (netip.Prefix, error) {
	if len(text) > longestText {
		return netip.Prefix{}, fmt.Errorf("%q… is neither an address nor a network such as 198.51.100.0/24", text[:longestText])
	}
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a network such as 198.51.100.0/24", text)
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no network such as 198.51.100.0/24", text)
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("%q is wider than the IPv4-mapped addresses", text)
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}
