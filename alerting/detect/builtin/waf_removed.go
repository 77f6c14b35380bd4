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
			events("wafv2", "DeleteWebACL", "DisassociateWebACL", "DeleteLoggingConfiguration", "DeleteRule", "DeleteRuleGroup", "DeleteIPSet", "DeletePermissionPolicy", "AssociateWebACL", "PutLoggingConfiguration"),
			events("waf", "DeleteWebACL", "DisassociateWebACL", "DeleteLoggingConfiguration", "DeleteRule", "DeleteRuleGroup", "DeleteIPSet", "DeletePermissionPolicy", "AssociateWebACL", "PutLoggingConfiguration"),
			events("waf-regional", "DeleteWebACL", "DisassociateWebACL", "DeleteLoggingConfiguration", "DeleteRule", "DeleteRuleGroup", "DeleteIPSet", "DeletePermissionPolicy", "AssociateWebACL", "PutLoggingConfiguration"),
		),
		Ends: slices.Concat(
			events("wafv2", "AssociateWebACL", "PutLoggingConfiguration"),
			events("waf", "AssociateWebACL", "PutLoggingConfiguration"),
			events("waf-regional", "AssociateWebACL", "PutLoggingConfiguration"),
		),
		Match: undone(notByStack(done("removed WAF protection (web ACL, rule or logging) from {}", "resourceArn", "webACLId", "name", "id")),
			undo{by: []string{"DisassociateWebACL"}, over: []string{"AssociateWebACL"}, of: []string{"resourceArn"}},
			undo{by: []string{"DeleteLoggingConfiguration"}, over: []string{"PutLoggingConfiguration"}, of: []string{"resourceArn|loggingConfiguration.resourceArn"}},
		),
		Examples: []detect.Example{
			ending(match("until it is attached", "wafv2/DisassociateWebACL", `{"resourceArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/1"}`), "wafv2/AssociateWebACL", `{"resourceArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/1","webACLArn":"w"}`),
			ending(match("until it logs", "wafv2/DeleteLoggingConfiguration", `{"resourceArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/1"}`), "wafv2/PutLoggingConfiguration", `{"loggingConfiguration":{"resourceArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/1"}}`),
			match("detached", "wafv2/DisassociateWebACL", `{"resourceArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/x/1"}`),
			miss("associated", "wafv2/AssociateWebACL", `{"resourceArn":"x"}`),
		},
	}
}
