package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func glacierVaultPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "glacier-vault-public",
		Title:      "S3 Glacier vault made public or shared externally",
		Why:        "The vault policy lets everyone, or an external account, reach its archives.",
		Do:         "Restore the previous vault access policy.",
		Severity:   alert.High,
		Techniques: []string{"T1530"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("glacier", "SetVaultAccessPolicy", "DeleteVaultAccessPolicy", "DeleteVault"),
		Ends:       events("glacier", "SetVaultAccessPolicy", "DeleteVaultAccessPolicy", "DeleteVault"),
		Match:      sharedPolicy("S3 Glacier vault", []string{"policy.policy", "policy"}, "vaultName"),
		Examples: []detect.Example{
			ending(match("until it is undone", "glacier/SetVaultAccessPolicy", `{"vaultName":"v","policy":{"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`), "glacier/DeleteVaultAccessPolicy", `{"vaultName":"v"}`),
			match("everyone", "glacier/SetVaultAccessPolicy", `{"vaultName":"v","policy":{"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`),
			match("foreign account", "glacier/SetVaultAccessPolicy", `{"vaultName":"v","policy":{"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\"Action\":\"glacier:InitiateJob\",\"Resource\":\"*\"}]}"}}`),
			miss("own account", "glacier/SetVaultAccessPolicy", `{"vaultName":"v","policy":{"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}}`),
		},
	}
}
