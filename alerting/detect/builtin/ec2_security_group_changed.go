package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2SecurityGroupChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-security-group-changed",
		Title:      "Security group changed",
		Why:        "Security groups are the firewall of EC2 instances and other resources.",
		Do:         "Compare the security group with the expected configuration.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"CIS 4.10", "NIST SC-7"},
		Events:     events("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "CreateSecurityGroup", "DeleteSecurityGroup", "ModifySecurityGroupRules"),
		NoEnd:      unproven,
		Match:      changeGroupRules,
		Examples: []detect.Example{
			match("narrow rule", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","cidrIp":"198.51.100.7/32","fromPort":22,"toPort":22}`),
			miss("open to all, told by its own rule", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","cidrIp":"0.0.0.0/0","fromPort":22,"toPort":22}`),
		},
	}
}

func changeGroupRules(in *detect.Input) *detect.Hit {
	if in.Record.EventName != "AuthorizeSecurityGroupEgress" && !strings.HasPrefix(in.Record.EventName, "Revoke") && openGroup(in) != nil {
		return nil
	}
	return unlessUsual(notByStack(done("changed security group {} ("+in.Record.EventName+")", "groupId", "groupName")))(in)
}
