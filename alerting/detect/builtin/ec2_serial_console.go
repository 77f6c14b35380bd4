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
			events("ec2", "EnableSerialConsoleAccess", "DisableSerialConsoleAccess"),
			events("ec2-instance-connect", "SendSerialConsoleSSHPublicKey"),
		),
		Ends: events("ec2", "DisableSerialConsoleAccess"),
		Match: undone(tried("enabled or used the EC2 serial console {}", "instanceId"),
			undo{by: []string{"EnableSerialConsoleAccess"}, over: []string{"DisableSerialConsoleAccess"}},
		),
		Examples: []detect.Example{
			ending(match("until it is disabled", "ec2/EnableSerialConsoleAccess", `{"EnableSerialConsoleAccessRequest":""}`), "ec2/DisableSerialConsoleAccess", `{"DisableSerialConsoleAccessRequest":""}`),
			match("enabled", "ec2/EnableSerialConsoleAccess", `{"EnableSerialConsoleAccessRequest":""}`),
			miss("read", "ec2/GetSerialConsoleAccessStatus", ``),
		},
	}
}
