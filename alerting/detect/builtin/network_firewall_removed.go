package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func networkFirewallRemoved() *detect.Rule {
	return &detect.Rule{
		ID:         "network-firewall-removed",
		Title:      "Network Firewall deleted or weakened",
		Why:        "Traffic passes unfiltered or unlogged.",
		Do:         "Restore the firewall, its policy, rule groups and subnets.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.004"},
		Controls:   []string{"NIST SC-7"},
		Events:     events("network-firewall", "DeleteFirewall", "DeleteFirewallPolicy", "DeleteRuleGroup", "DisassociateSubnets", "UpdateFirewallDeleteProtection", "DeleteResourcePolicy"),
		NoEnd:      goneForAll,
		Match:      notByStack(done("deleted or weakened Network Firewall resource {}", "firewallName", "firewallPolicyName", "ruleGroupName")),
		Examples: []detect.Example{
			match("deleted", "network-firewall/DeleteFirewall", `{"firewallName":"f"}`),
			miss("described", "network-firewall/DescribeFirewall", `{"firewallName":"f"}`),
		},
	}
}
