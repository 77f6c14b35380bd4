package builtin

import (
	"cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func kmsKeyOpened() *detect.Rule {
	return &detect.Rule{
		ID:         "kms-key-opened",
		Title:      "KMS key made public or shared with an external account",
		Why:        "External principals can use the key, for example to decrypt the data it protects.",
		Do:         "Restore the previous key policy or revoke the grant.",
		Severity:   alert.High,
		Techniques: []string{"T1098", "T1537"},
		Controls:   []string{"NIST SC-12"},
		Events:     events("kms", "PutKeyPolicy", "CreateKey", "CreateGrant"),
		Match:      openKey,
		Examples: []detect.Example{
			match("everybody", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`),
			match("grant to a foreign account", "kms/CreateGrant", `{"keyId":"k1","granteePrincipal":"arn:aws:iam::999988887777:root"}`),
			match("everybody, through a service", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:Decrypt\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:ViaService\":\"s3.eu-west-1.amazonaws.com\"}}}]}"}`),
			miss("callers of the own account, through a service", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:Decrypt\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:CallerAccount\":\"111122223333\",\"kms:ViaService\":\"s3.eu-west-1.amazonaws.com\"}}}]}"}`),
			miss("own account", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}

func openKey(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "CreateGrant" {
		grantee := exposure.Principal{Type: "AWS", ID: param(in, "granteePrincipal")}
		account := principalAccount(grantee)
		if len(account) != 12 || ownAccount(in, account) {
			return nil
		}
		return at(alert.Medium, say(in, "granted external account "+account+" use of KMS key {}", lastPart(param(in, "keyId"))))
	}
	v := opening(in, policyAt(in, "policy"))
	if v.Reach == exposure.Service && v.Severity < alert.Medium {
		return nil // key policies name services as a rule, and the services ask for the key in their caller's name
	}
	return sharing(in, v, "KMS key", cmp.Or(param(in, "keyId"), in.Record.ResponseElements.Get("keyMetadata", "keyId").Text()))
}
