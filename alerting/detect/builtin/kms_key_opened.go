package builtin

import (
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
		Events:     events("kms", "PutKeyPolicy", "CreateKey", "CreateGrant", "RevokeGrant", "RetireGrant"),
		Ends:       events("kms", "PutKeyPolicy", "RevokeGrant", "RetireGrant"),
		Match:      openKey,
		Examples: []detect.Example{
			ending(match("until it is undone", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			ending(match("until it is undone", "kms/CreateGrant", `{"keyId":"k1","granteePrincipal":"arn:aws:iam::999988887777:root"}`, answering(`{"grantId":"g1"}`)), "kms/RevokeGrant", `{"keyId":"k1","grantId":"g1"}`),
			match("everybody", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`),
			match("grant to a foreign account", "kms/CreateGrant", `{"keyId":"k1","granteePrincipal":"arn:aws:iam::999988887777:root"}`),
			match("everybody, through a service", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:Decrypt\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:ViaService\":\"s3.eu-west-1.amazonaws.com\"}}}]}"}`),
			miss("callers of the own account, through a service", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:Decrypt\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:CallerAccount\":\"111122223333\",\"kms:ViaService\":\"s3.eu-west-1.amazonaws.com\"}}}]}"}`),
			miss("own account", "kms/PutKeyPolicy", `{"keyId":"k1","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}

func openKey(in *detect.Input) *detect.Hit {
	switch in.Record.EventName {
	case "RevokeGrant", "RetireGrant":
		return ended(in, "grant/"+param(in, "grantId"))
	case "CreateGrant":
		grantee := exposure.Principal{Type: "AWS", ID: param(in, "granteePrincipal")}
		account := principalAccount(grantee)
		if len(account) != 12 || ownAccount(in, account) {
			return nil
		}
		hit := at(alert.Medium, say(in, "granted external account "+account+" use of KMS key {}", lastPart(param(in, "keyId"))))
		if id := in.Record.ResponseElements.Get("grantId").Text(); id != "" {
			return lasting(hit, "grant/"+id)
		}
		return hit
	}
	key := param(in, "keyId")
	if key == "" {
		key = in.Record.ResponseElements.Get("keyMetadata", "keyId").Text()
	}
	state := "policy/" + lastPart(key)
	v := opening(in, policyAt(in, "policy"))
	if v.Reach == exposure.Service && v.Severity < alert.Medium {
		return ended(in, state) // key policies name services as a rule, and the services ask for the key in their caller's name
	}
	if hit := sharing(in, v, "KMS key", key); hit != nil {
		return lasting(hit, state)
	}
	if v.Error != "" || in.Record.EventName != "PutKeyPolicy" {
		return nil
	}
	return ended(in, state)
}
