package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func kmsKeyDeletion() *detect.Rule {
	return &detect.Rule{
		ID:         "kms-key-deletion",
		Title:      "KMS key deletion scheduled or key material deleted",
		Why:        "When the waiting period ends, everything encrypted with the key is lost permanently.",
		Do:         "Cancel the deletion before the waiting period ends (aws kms cancel-key-deletion), or import the key material again.",
		Severity:   alert.Critical,
		Techniques: []string{"T1485"},
		Controls:   []string{"CIS 4.7", "NIST SC-12"},
		Events:     events("kms", "ScheduleKeyDeletion", "CancelKeyDeletion", "DeleteImportedKeyMaterial", "DeleteCustomKeyStore", "DisconnectCustomKeyStore"),
		Ends:       events("kms", "CancelKeyDeletion"),
		Match:      deleteKey,
		Examples: []detect.Example{
			ending(match("until it is undone", "kms/ScheduleKeyDeletion", `{"keyId":"k1"}`), "kms/CancelKeyDeletion", `{"keyId":"k1"}`),
			match("scheduled", "kms/ScheduleKeyDeletion", `{"keyId":"k1","pendingWindowInDays":7}`),
			miss("read", "kms/DescribeKey", `{"keyId":"k1"}`),
		},
	}
}

func deleteKey(in *detect.Input) *detect.Hit {
	key := lastPart(param(in, "keyId", "customKeyStoreId"))
	if in.Record.EventName == "CancelKeyDeletion" {
		return over(in, "key/"+key, "canceled the deletion of KMS key "+key)
	}
	what := "scheduled deletion of KMS key {}"
	switch in.Record.EventName {
	case "DeleteImportedKeyMaterial":
		what = "deleted the key material of KMS key {}"
	case "DeleteCustomKeyStore":
		what = "deleted KMS custom key store {}"
	case "DisconnectCustomKeyStore":
		what = "disconnected KMS custom key store {}"
	}
	return episode("key/"+key, say(in, what, key))
}
