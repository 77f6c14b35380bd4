package builtin

import (
	"cmp"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamKeyQuarantined() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-key-quarantined",
		Title:      "AWS quarantined a leaked access key",
		Why:        "AWS found the user's access key in public and attached a quarantine policy. Others may have used the key already.",
		Do:         "Delete the access key, review everything it did and answer the AWS support case.",
		Severity:   alert.Critical,
		Techniques: []string{"T1552.001", "T1078.004"},
		Controls:   []string{"NIST IR-4"},
		Events:     events("iam", "PutUserPolicy", "AttachUserPolicy"),
		NoEnd:      misused,
		Match:      keyLeaked,
		Examples: []detect.Example{
			match("quarantined", "iam/AttachUserPolicy", `{"userName":"ci","policyArn":"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}`),
			miss("other policy", "iam/AttachUserPolicy", `{"userName":"ci","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`),
		},
	}
}

func keyLeaked(in *detect.Input) *detect.Hit {
	if !quarantine(in) {
		return nil
	}
	user := param(in, "userName")
	return &detect.Hit{Resource: user, Detail: "AWS quarantined IAM user " + cmp.Or(user, "(name unknown)") + ": one of its access keys was found in public."}
}

// quarantine reports whether the policy is one that AWS gives to users whose keys leaked.
func quarantine(in *detect.Input) bool {
	policy := lastPart(param(in, "policyArn", "policyName"))
	return strings.HasPrefix(policy, "AWSCompromisedKeyQuarantine") || strings.HasPrefix(policy, "AWSExposedCredentialPolicy")
}
