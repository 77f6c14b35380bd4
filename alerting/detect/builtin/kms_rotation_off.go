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
		Events:     events("kms", "DisableKeyRotation"),
		Match:      done("disabled rotation of KMS key {}", "keyId"),
		Examples: []detect.Example{
			match("off", "kms/DisableKeyRotation", `{"keyId":"k1"}`),
			miss("on", "kms/EnableKeyRotation", `{"keyId":"k1"}`),
		},
	}
}
