package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func kmsRotationOff() *detect.Rule {
	return &detect.Rule{
		ID:         "kms-rotation-off",
		Title:      "KMS key rotation disabled",
		Why:        "The same key material protects all new data from now on.",
		Do:         "Enable automatic key rotation again.",
		Severity:   alert.Low,
		Techniques: []string{"T1600"},
		Controls:   []string{"CIS 3.6", "NIST SC-12"},
		Events:     events("kms", "DisableKeyRotation", "EnableKeyRotation"),
		Ends:       events("kms", "EnableKeyRotation"),
		Match:      until(done("disabled rotation of KMS key {}", "keyId"), events("kms", "EnableKeyRotation"), "keyId"),
		Examples: []detect.Example{
			miss("no such key", "kms/DisableKeyRotation", `{"keyId":"k2"}`, failed("NotFoundException")),
			ending(match("until it is on again", "kms/DisableKeyRotation", `{"keyId":"k1"}`), "kms/EnableKeyRotation", `{"keyId":"k1"}`),
			match("off", "kms/DisableKeyRotation", `{"keyId":"k1"}`),
		},
	}
}
