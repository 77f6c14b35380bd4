package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func mfaDeviceRemoved() *detect.Rule {
	return &detect.Rule{
		ID:         "mfa-device-removed",
		Title:      "MFA device removed",
		Why:        "Without its MFA device an identity is one password away from being somebody else's.",
		Do:         "Ask the user whether it was them; give them a new device.",
		Severity:   alert.High,
		Techniques: []string{"T1556.006"},
		Controls:   []string{"CIS 1.10", "NIST IA-2"},
		Events:     events("iam", "DeactivateMFADevice", "DeleteVirtualMFADevice"),
		Match:      tried("removed the MFA device", "serialNumber", "userName"),
		Examples: []detect.Example{
			match("deactivated", "iam/DeactivateMFADevice", `{"userName":"ann","serialNumber":"arn:aws:iam::111122223333:mfa/ann"}`),
			miss("gone already", "iam/DeactivateMFADevice", `{"userName":"ann"}`, failed("NoSuchEntity")),
		},
	}
}
