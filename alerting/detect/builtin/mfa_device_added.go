package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func mfaDeviceAdded() *detect.Rule {
	return &detect.Rule{
		ID:         "mfa-device-added",
		Title:      "MFA device registered",
		Why:        "Attackers register their own MFA device to keep access after a password reset.",
		Do:         "Confirm with the user that the device is theirs.",
		Severity:   alert.Low,
		Techniques: []string{"T1556.006", "T1098"},
		Controls:   []string{"CIS 1.10", "NIST IA-2"},
		Events:     events("iam", "CreateVirtualMFADevice", "EnableMFADevice"),
		NoEnd:      misused,
		Match:      addMFA,
		Examples: []detect.Example{
			match("added", "iam/CreateVirtualMFADevice", `{"virtualMFADeviceName":"second"}`),
			match("one exists already", "iam/CreateVirtualMFADevice", `{"virtualMFADeviceName":"ann"}`, failed("EntityAlreadyExists")),
			miss("resynchronized", "iam/ResyncMFADevice", `{"userName":"ann","serialNumber":"arn:aws:iam::111122223333:mfa/ann"}`),
			miss("nonsense", "iam/EnableMFADevice", `{"userName":"x"}`, failed("ValidationError")),
		},
	}
}

func addMFA(in *detect.Input) *detect.Hit {
	device := param(in, "virtualMFADeviceName", "serialNumber", "userName")
	if in.Record.ErrorCode == "EntityAlreadyExists" && !in.Record.UserIdentity.MFA {
		return &detect.Hit{
			Attempt: true, Severity: alert.Low, Exact: true, Resource: device,
			Detail: who(in.Record) + ", signed in without MFA, tried to register a second MFA device.",
		}
	}
	return done("registered MFA device {}", "virtualMFADeviceName", "serialNumber", "userName")(in)
}
