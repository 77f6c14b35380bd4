package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2EncryptionDefaultOff() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-encryption-default-off",
		Title:      "EBS encryption by default disabled",
		Why:        "New EBS volumes are created unencrypted and their snapshots can be shared unencrypted.",
		Do:         "Enable EBS encryption by default again in this Region.",
		Severity:   alert.Medium,
		Techniques: []string{"T1600", "T1486"},
		Controls:   []string{"CIS 2.2.1", "NIST SC-28"},
		Events:     events("ec2", "DisableEbsEncryptionByDefault", "EnableEbsEncryptionByDefault"),
		Ends:       events("ec2", "EnableEbsEncryptionByDefault"),
		Match:      disksInClear,
		Examples: []detect.Example{
			ending(match("until it is undone", "ec2/DisableEbsEncryptionByDefault", `{}`), "ec2/EnableEbsEncryptionByDefault", `{}`),
			match("off", "ec2/DisableEbsEncryptionByDefault", ``),
			miss("read", "ec2/GetEbsEncryptionByDefault", ``),
		},
	}
}

func disksInClear(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "EnableEbsEncryptionByDefault" {
		return over(in, in.Record.Region, "enabled EBS encryption by default")
	}
	return episode(in.Record.Region, say(in, "disabled EBS encryption by default in {}", in.Record.Region))
}
