package enrich_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// through is a record of a call from an address, through a VPC endpoint.
func through(n int, ip, endpoint, owner string) []byte {
	return fmt.Appendf(nil, `{"eventID":"e%d","eventName":"PutBucketAcl","eventSource":"s3.amazonaws.com","eventTime":"2026-03-%02dT12:00:00Z",
		"sourceIPAddress":%q,"vpcEndpointId":%q,"vpcEndpointAccountId":%q,"recipientAccountId":"111122223333",
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"}}`,
		n, n%28+1, ip, endpoint, owner)
}

func TestAnAddressBehindAVPCEndpointIsNoPlace(t *testing.T) {
	cfg := world(t)
	cfg.KnownAccounts = []string{"222233334444"}
	cfg.Networks = append(network.Config{
		{Name: "vpc", Kind: network.Corporate, CIDRs: []string{"10.0.0.0/8"}},
		{Name: "build", Kind: network.Corporate, VPCEndpoints: []string{"vpce-0aaa", "vpce-0bbb"}},
		{Name: "lab", Kind: network.VPCEndpoint, CIDRs: []string{"172.16.0.0/12", "203.0.113.0/24"}},
	}, cfg.Networks...)
	l := newLookup(t, cfg)
	for name, tc := range map[string]struct {
		ip, endpoint, owner string
		kind                network.Kind
		network             string
	}{
		"no endpoint":          {"10.1.2.3", "", "", network.Corporate, "vpc"},
		"older record":         {"10.1.2.3", "vpce-0123", "", network.VPCEndpoint, "vpce-0123"},
		"external account":     {"10.1.2.3", "vpce-0123", "999999999999", network.VPCEndpoint, "vpce-0123"},
		"public address":       {"203.0.113.77", "vpce-0123", "999999999999", network.VPCEndpoint, "vpce-0123"},
		"no address":           {"", "vpce-0123", "", network.VPCEndpoint, "vpce-0123"},
		"same account":         {"10.1.2.3", "vpce-0123", "111122223333", network.Corporate, "vpc"},
		"known account":        {"10.1.2.3", "vpce-0123", "222233334444", network.Corporate, "vpc"},
		"listed":               {"10.1.2.3", "vpce-0bbb", "999999999999", network.Corporate, "build"},
		"listed as an address": {"203.0.113.77", "", "", network.VPCEndpoint, "lab"},
		"service":              {"cloudformation.amazonaws.com", "vpce-0123", "", network.AWS, "cloudformation.amazonaws.com"},
	} {
		raw := through(1, tc.ip, tc.endpoint, tc.owner)
		a := l.Facts(decode(t, string(raw))).Address
		if a.Network.Kind != tc.kind || a.Network.Name != tc.network || a.Network.Source == "" || a.Endpoint != tc.endpoint {
			t.Errorf("%s: %+v", name, a)
		}
		if tc.kind == network.VPCEndpoint && (a.Place.Country != "" || len(a.Place.Missing) > 0 || a.Home != enrich.HomeUnknown) {
			t.Errorf("%s is given a place: %+v", name, a.Place)
		}
		var h cloudtrail.Header
		if _, err := h.Scan(raw); err != nil {
			t.Fatal(err)
		}
		origins := l.Origins()
		for range 2 { // the second time it is remembered
			if o := origins.Of(&h); o.Kind != tc.kind || tc.kind == network.VPCEndpoint && (o.ASN != 0 || o.Located || o.Country != [2]byte{}) {
				t.Errorf("%s: origin %+v", name, o)
			}
		}
	}
}

func TestVPCEndpointsAreNotLearntAsPlaces(t *testing.T) {
	f := newFeed(t, pick("PutBucketAcl"))
	for n := range 20 {
		f.show(through(n, "198.51.100.1", "", ""))
	}
	for n, endpoint := range []string{"vpce-0123", "vpce-0123", "vpce-0456"} {
		_, finding := f.show(through(20+n, "10.1.2.3", endpoint, "999999999999"))
		if finding == nil {
			t.Fatal("the call is not a finding")
		}
		if slices.Contains(finding.Rules, enrich.MovedRule) || slices.Contains(finding.Facts.History.First, "network") || slices.Contains(finding.Facts.History.First, "country") {
			t.Errorf("call %d through %s counts as one from a new place: %v, %v", n, endpoint, finding.Rules, finding.Facts.History.First)
		}
	}
}

func TestVPCEndpointIDsAreChecked(t *testing.T) {
	faults := map[string]string{}
	network.Config{
		{Name: "good", Kind: network.Corporate, VPCEndpoints: []string{"vpce-0a1b2c3d4e5f60718"}},
		{Name: "bad", Kind: network.Corporate, VPCEndpoints: []string{"vpce-1", "vpc-0a1b", "vpce-", "vpce-*", "vpce-0A"}},
	}.Validate(func(path, problem string) { faults[path] = problem })
	for n, want := range []bool{false, true, true, true, true} {
		if _, got := faults[fmt.Sprintf("[1].vpc_endpoints[%d]", n)]; got != want {
			t.Errorf("id %d refused: %t", n, got)
		}
	}
	if len(faults) != 4 {
		t.Errorf("faults %v", faults)
	}
}
