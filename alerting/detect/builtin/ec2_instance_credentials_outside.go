package builtin

import (
	"bytes"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/network"
)

func ec2InstanceCredentialsOutside() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-instance-credentials-outside",
		Title:      "A machine's credentials used from elsewhere",
		Why:        "The keys of an EC2 instance work from anywhere; used from an address that is not AWS's, they were carried off.",
		Do:         "Revoke the role's sessions; find out how the machine was reached.",
		Severity:   alert.High,
		Techniques: []string{"T1552.005", "T1078.004"},
		Controls:   []string{"NIST AC-3"},
		Events:     []string{"*/*"},
		Wants:      ofMachine,
		Match:      carriedOff,
		Examples: []detect.Example{
			from(match("from a hoster", "s3/GetBucketAcl", `{}`, byRole("web", "i-0abcdef1234567890")), network.Hosting),
			from(miss("from AWS", "s3/GetBucketAcl", `{}`, byRole("web", "i-0abcdef1234567890")), network.AWS),
			miss("network unknown", "s3/GetBucketAcl", `{}`, byRole("web", "i-0abcdef1234567890")),
		},
	}
}

func carriedOff(in *detect.Input) *detect.Hit {
	switch in.Facts.Address.Network.Kind {
	case network.VPN, network.Tor, network.Hosting, network.ISP:
	default:
		return nil // AWS's own, the organization's, or unknown
	}
	h := in.Facts.History
	if h.Known && !h.Learning && !slices.Contains(h.First, "asn") && !slices.Contains(h.First, "network") {
		return nil // its way out into the internet is always this
	}
	return tried("used the credentials of a machine from " + in.Record.SourceIPAddress)(in)
}

// ofMachine reports whether the actor is an EC2 instance: its role session is named by the instance's id.
func ofMachine(h *cloudtrail.Header, _ []byte) bool {
	at := bytes.LastIndexByte(h.ARN, '/')
	return at > 0 && string(h.Type) == "AssumedRole" && detect.HasPrefix(h.ARN[at+1:], "i-") && !detect.HasPrefix(h.EventSource, "ssm") && !detect.HasPrefix(h.EventSource, "ec2messages")
}
