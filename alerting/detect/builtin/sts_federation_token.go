package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func stsFederationToken() *detect.Rule {
	return &detect.Rule{
		ID:         "sts-federation-token",
		Title:      "STS federation token or root session created",
		Why:        "The session stays valid after the access key that created it is deleted; attackers use this to keep access.",
		Do:         "If unexpected, attach a policy that denies all sessions issued before now, then delete the user's access keys.",
		Severity:   alert.Medium,
		Techniques: []string{"T1550.001"},
		Controls:   []string{"NIST AC-2"},
		Events:     events("sts", "GetFederationToken", "AssumeRoot"),
		NoEnd:      anAct,
		Match:      unlessUsual(tokenOfItsOwn),
		Examples: []detect.Example{
			match("token", "sts/GetFederationToken", `{"name":"x"}`),
			match("root session", "sts/AssumeRoot", `{"targetPrincipal":"444455556666","taskPolicyArn":{"arn":"arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}}`),
			miss("ordinary session", "sts/AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r"}`),
		},
	}
}

func tokenOfItsOwn(in *detect.Input) *detect.Hit {
	if in.Record.EventName != "AssumeRoot" {
		return tried("created federation token {}", "name")(in)
	}
	task, account := lastPart(param(in, "taskPolicyArn.arn", "taskPolicyArn")), param(in, "targetPrincipal")
	if id := principalAccount(exposure.Principal{Type: "AWS", ID: account}); id != "" {
		account = id
	}
	if task == "" {
		return say(in, "started a root session in account {}", account)
	}
	hit := say(in, "started a root session in account {} with task policy "+task, account)
	hit = naming(in, placed("account {}", account)+" with task policy "+task, hit)
	if hit != nil {
		hit.Grant = task
	}
	return hit
}
