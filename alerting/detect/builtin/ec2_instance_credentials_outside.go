package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/enrich/network"
)

func ec2InstanceCredentialsOutside() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-instance-credentials-outside",
		Title:      "EC2 instance credentials used outside AWS",
		Why:        "The role credentials of an EC2 instance were used from an address outside AWS: they were probably stolen.",
		Do:         "Revoke the role's active sessions, then investigate the instance.",
		Severity:   alert.High,
		Techniques: []string{"T1552.005", "T1078.004"},
		Controls:   []string{"NIST AC-3"},
		Events:     []string{detect.OnMoved},
		NoEnd:      anAct,
		Match:      carriedOff,
		Examples: []detect.Example{
			from(match("from a hoster", "s3/GetBucketAcl", `{}`, byRole("web", "i-0abcdef1234567890")), network.Hosting),
			from(miss("from AWS", "s3/GetBucketAcl", `{}`, byRole("web", "i-0abcdef1234567890")), network.AWS),
			miss("network unknown", "s3/GetBucketAcl", `{}`, byRole("web", "i-0abcdef1234567890")),
		},
	}
}

func carriedOff(in *detect.Input) *detect.Hit {
	if !ofMachine(in.Record) {
		return nil
	}
	switch in.Facts.Address.Network.Kind {
	case network.VPN, network.Tor, network.Malicious, network.Hosting, network.ISP:
	default:
		return nil // AWS's own, the organization's, or unknown
	}
	h := in.Facts.History
	if h.Known && !h.Learning && !slices.Contains(h.First, "asn") && !slices.Contains(h.First, "network") {
		return nil // its way out into the internet is always this
	}
	hit := tried("")(in)
	if hit != nil {
		_, instance, _ := strings.Cut(in.Record.UserIdentity.ARN, ":assumed-role/")
		hit.Detail = "Credentials of EC2 instance " + lastPart(instance) + " were used from " + in.Record.SourceIPAddress + ", outside AWS (" + in.Record.EventName + ")."
		if hit.Attempt {
			hit.Detail += " The call was denied."
		}
	}
	return young(in, alert.High, hit)
}
