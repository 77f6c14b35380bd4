package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func sesIdentityPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "ses-identity-public",
		Title:      "SES identity policy made public",
		Why:        "Anyone, or any AWS account, can send email as your domain or address.",
		Do:         "Restore the previous identity policy or name the accounts that need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1534"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ses", "PutIdentityPolicy", "CreateEmailIdentityPolicy", "DeleteIdentityPolicy", "DeleteEmailIdentityPolicy", "DeleteEmailIdentity"),
		Ends:       events("ses", "PutIdentityPolicy", "DeleteIdentityPolicy", "DeleteEmailIdentityPolicy", "DeleteEmailIdentity"),
		Match:      sharedPolicy("SES identity", []string{"policy"}, "identity", "emailIdentity"),
		Examples: []detect.Example{
			ending(match("until it is undone", "ses/PutIdentityPolicy", `{"identity":"i","policyName":"p","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "ses/DeleteIdentityPolicy", `{"identity":"i","policyName":"p"}`),
			match("everyone", "ses/PutIdentityPolicy", `{"identity":"example.com","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "ses/PutIdentityPolicy", `{"identity":"example.com","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
