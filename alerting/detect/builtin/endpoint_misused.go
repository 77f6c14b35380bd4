package builtin

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func endpointMisused() *detect.Rule {
	return &detect.Rule{
		ID:         "endpoint-misused",
		Title:      "VPC endpoint used from an unexpected source",
		Why:        "A request through a VPC endpoint came from a public address or an external account, or was denied by the endpoint policy. This can be exfiltration through the endpoint.",
		Do:         "Identify the credentials used, then restrict the endpoint policy to your accounts and buckets.",
		Severity:   alert.Medium,
		Techniques: []string{"T1530", "T1537", "T1567"},
		Controls:   []string{"NIST SC-7"},
		Events:     []string{"*/*"},
		Wants:      func(h *cloudtrail.Header, _ []byte) bool { return h.NetworkActivity() },
		Network:    true,
		NoEnd:      anAct,
		Match:      misuseEndpoint,
		Examples: []detect.Example{
			match("from an outside address", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, with("eventCategory", `"NetworkActivity"`), with("vpcEndpointId", `"vpce-1"`)),
			match("refused by the endpoint", "s3/PutObject", `{"bucketName":"b1"}`, with("eventCategory", `"NetworkActivity"`), with("sourceIPAddress", `"10.0.0.5"`), failed("VpceAccessDenied")),
			miss("from within", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, with("eventCategory", `"NetworkActivity"`), with("sourceIPAddress", `"10.0.0.5"`)),
		},
	}
}

func misuseEndpoint(in *detect.Input) *detect.Hit {
	rec := in.Record
	if rec.Actor().Service {
		return nil
	}
	hit := &detect.Hit{Resource: rec.VPCEndpointID, Attempt: rec.Failed()}
	address, err := netip.ParseAddr(rec.SourceIPAddress)
	switch {
	case rec.ErrorCode == "VpceAccessDenied":
		hit.Detail = who(rec) + " was denied " + rec.EventName + " by the policy of VPC endpoint " + cmp.Or(rec.VPCEndpointID, "(unknown)") + "."
	case rec.Failed():
		return nil
	case err == nil && address.IsGlobalUnicast() && !address.IsPrivate() && !carrierNAT().Contains(address):
		hit.Detail = who(rec) + " called " + rec.EventName + " through VPC endpoint " + cmp.Or(rec.VPCEndpointID, "(unknown)") + " from public address " + rec.SourceIPAddress + "."
	case rec.UserIdentity.AccountID != "" && !endpointOwner(in, rec.UserIdentity.AccountID):
		hit.Detail = "External account " + rec.UserIdentity.AccountID + " called " + rec.EventName + " through a VPC endpoint of account " + rec.RecipientAccountID + "."
	default:
		return nil
	}
	return hit
}

// endpointOwner reports whether an account is the endpoint's or a known one.
func endpointOwner(in *detect.Input, account string) bool {
	return account == in.Record.RecipientAccountID || in.Record.RecipientAccountID == "" || slices.Contains(in.Settings.Own.Accounts, account)
}

// carrierNAT is the shared address space of RFC 6598, which VPCs use as private.
func carrierNAT() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10) }
