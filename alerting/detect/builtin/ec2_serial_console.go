package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2SerialConsole() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-serial-console",
		Title:      "Serial console of machines opened",
		Why:        "The serial console goes past the network and its firewalls, straight to a login prompt.",
		Do:         "Disable serial console access; look for keys sent to it.",
		Severity:   alert.Medium,
		Techniques: []string{"T1021.004"},
		Controls:   []string{"NIST AC-17"},
		Events: slices.Concat(
			events("ec2", "EnableSerialConsoleAccess"),
			events("ec2-instance-connect", "SendSerialConsoleSSHPublicKey"),
		),
		Match: tried("opened the serial console", "instanceId"),
		Examples: []detect.Example{
			match("enabled", "ec2/EnableSerialConsoleAccess", `{"EnableSerialConsoleAccessRequest":""}`),
			miss("read", "ec2/GetSerialConsoleAccessStatus", ``),
		},
	}
}
