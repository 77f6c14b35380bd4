package builtin

import (
	"cmp"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamPrincipalsGuessed() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-principals-guessed",
		Title:      "IAM principals probed through a trust policy",
		Why:        "AWS rejects trust policies with unknown principals; trying names reveals which users and roles exist.",
		Do:         "Check the names tried and the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1087.004", "T1110"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("iam", "UpdateAssumeRolePolicy"),
		NoEnd:      anAct,
		Match:      guessPrincipals,
		Examples: []detect.Example{
			match("unknown principal", "iam/UpdateAssumeRolePolicy", `{"roleName":"r"}`, failed("MalformedPolicyDocumentException")),
			miss("accepted", "iam/UpdateAssumeRolePolicy", `{"roleName":"r"}`),
		},
	}
}

func guessPrincipals(in *detect.Input) *detect.Hit {
	if !strings.HasPrefix(in.Record.ErrorCode, "MalformedPolicyDocument") {
		return nil
	}
	role := param(in, "roleName")
	return &detect.Hit{
		Attempt: true, Exact: true, Severity: alert.Low, Resource: role,
		Detail: who(in.Record) + " tried a trust policy on role " + cmp.Or(role, "(name unknown)") + " that names a principal that does not exist.",
	}
}
