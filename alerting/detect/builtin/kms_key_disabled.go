package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func kmsKeyDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "kms-key-disabled",
		Title:      "KMS key disabled",
		Why:        "Data encrypted with a disabled key cannot be read, including backups and logs.",
		Do:         "Enable the key again and find out why it was disabled.",
		Severity:   alert.High,
		Techniques: []string{"T1485", "T1490"},
		Controls:   []string{"CIS 4.7", "NIST SC-12"},
		Events:     events("kms", "DisableKey", "EnableKey"),
		Ends:       events("kms", "EnableKey"),
		Match:      disableKey,
		Examples: []detect.Example{
			ending(match("until it is undone", "kms/DisableKey", `{"keyId":"k1"}`), "kms/EnableKey", `{"keyId":"k1"}`),
			match("disabled", "kms/DisableKey", `{"keyId":"k1"}`),
			miss("missing", "kms/DisableKey", `{"keyId":"k1"}`, failed("NotFoundException")),
		},
	}
}

func disableKey(in *detect.Input) *detect.Hit {
	key := lastPart(param(in, "keyId"))
	if in.Record.EventName == "EnableKey" {
		return over(in, "key/"+key, "enabled KMS key "+key)
	}
	return episode("key/"+key, say(in, "disabled KMS key {}", key))
}
