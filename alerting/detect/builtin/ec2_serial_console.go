package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2SerialConsole() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-serial-console",
		Title:      "EC2 serial console access enabled or used",
		Why:        "The serial console bypasses security groups and network ACLs.",
		Do:         "Disable serial console access for the account and check which SSH keys were sent.",
		Severity:   alert.Medium,
		Techniques: []string{"T1021.004"},
		Controls:   []string{"NIST AC-17"},
		Events: slices.Concat(
			events("ec2", "EnableSerialConsoleAccess"),
			events("ec2-instance-connect", "SendSerialConsoleSSHPublicKey"),
		),
		NoEnd: misused,
		Match: tried("enabled or used the EC2 serial console {}", "instanceId"),
		Examples: []detect.Example{
			match("enabled", "ec2/EnableSerialConsoleAccess", `{"EnableSerialConsoleAccessRequest":""}`),
			miss("read", "ec2/GetSerialConsoleAccessStatus", ``),
		},
	}
}
