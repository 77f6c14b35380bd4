package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func wafRemoved() *detect.Rule {
	return &detect.Rule{
		ID:         "waf-removed",
		Title:      "AWS WAF protection removed",
		Why:        "The resource is no longer filtered by its web ACL, or attacks on it are no longer logged.",
		Do:         "Associate the web ACL again or restore its logging configuration.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"NIST SC-7"},
		Events: slices.Concat(
			events("wafv2", "DeleteWebACL", "DisassociateWebACL", "DeleteLoggingConfiguration", "DeleteRule", "DeleteRuleGroup", "DeleteIPSet", "DeletePermissionPolicy"),
			events("waf", "DeleteWebACL", "DisassociateWebACL", "DeleteLoggingConfiguration", "DeleteRule", "DeleteRuleGroup", "DeleteIPSet", "DeletePermissionPolicy"),
			events("waf-regional", "DeleteWebACL", "DisassociateWebACL", "DeleteLoggingConfiguration", "DeleteRule", "DeleteRuleGroup", "DeleteIPSet", "DeletePermissionPolicy"),
		),
		NoEnd: unproven,
		Match: notByStack(done("removed WAF protection (web ACL, rule or logging) from {}", "resourceArn", "webACLId", "name", "id")),
		Examples: []detect.Example{
			match("detached", "wafv2/DisassociateWebACL", `{"resourceArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/1"}`),
			miss("associated", "wafv2/AssociateWebACL", `{"resourceArn":"x"}`),
		},
	}
}
