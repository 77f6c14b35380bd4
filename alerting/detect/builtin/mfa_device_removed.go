package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func mfaDeviceRemoved() *detect.Rule {
	return &detect.Rule{
		ID:         "mfa-device-removed",
		Title:      "MFA device deactivated",
		Why:        "Without another MFA device, the user can sign in with a password alone.",
		Do:         "Confirm with the user, then register a new MFA device.",
		Severity:   alert.High,
		Techniques: []string{"T1556.006"},
		Controls:   []string{"CIS 1.10", "NIST IA-2"},
		Events:     events("iam", "DeactivateMFADevice", "DeleteVirtualMFADevice"),
		NoEnd:      misused,
		Match:      tried("removed MFA device {}", "serialNumber", "userName"),
		Examples: []detect.Example{
			match("deactivated", "iam/DeactivateMFADevice", `{"userName":"ann","serialNumber":"arn:aws:iam::111122223333:mfa/ann"}`),
			miss("gone already", "iam/DeactivateMFADevice", `{"userName":"ann"}`, failed("NoSuchEntity")),
		},
	}
}
