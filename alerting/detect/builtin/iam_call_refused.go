package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func iamCallRefused() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-call-refused",
		Title:      "IAM discovery calls denied",
		Why:        "Holders of stolen credentials first list what they can access. Denied read calls show it.",
		Do:         "Check what else the actor tried and from where.",
		Severity:   alert.Low,
		Techniques: []string{"T1087.004", "T1069.003"},
		Controls:   []string{"CIS 4.1", "NIST AC-6"},
		Events:     []string{"iam.amazonaws.com/*", "organizations.amazonaws.com/*"},
		Wants:      func(h *cloudtrail.Header, _ []byte) bool { return detect.HasPrefix(h.ErrorCode, "AccessDenied") },
		NoEnd:      anAct,
		Match:      iamRefused,
		Examples: []detect.Example{
			match("list refused", "iam/ListUsers", ``, failed("AccessDenied")),
			miss("list", "iam/ListUsers", ``),
			miss("a service", "iam/ListRoles", ``, byService("config.amazonaws.com"), failed("AccessDenied")),
		},
	}
}

func iamRefused(in *detect.Input) *detect.Hit {
	if !refused(in.Record) || !reading(in.Record) || in.Record.UserIdentity.InvokedBy != "" {
		return nil
	}
	return at(alert.Medium, unlessUsual(tried("", "userName", "roleName", "policyArn"))(in)) // an attempt is told one step lower
}
