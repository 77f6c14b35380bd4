package builtin

import (
	"slices"
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
		Ends:       events("ec2", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "DeleteSecurityGroup"),
		Match:      changeGroupRules,
		Examples: []detect.Example{
			ending(match("until it is revoked", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"198.51.100.7/32"}]}}]}}`), "ec2/RevokeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"198.51.100.7/32"}]}}]}}`),
			ending(match("until the group is deleted", "ec2/CreateSecurityGroup", `{"groupName":"g"}`, answering(`{"groupId":"sg-1"}`)), "ec2/DeleteSecurityGroup", `{"groupId":"sg-1"}`),
			match("narrow rule", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","cidrIp":"198.51.100.7/32","fromPort":22,"toPort":22}`),
			miss("open to all, told by its own rule", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","cidrIp":"0.0.0.0/0","fromPort":22,"toPort":22}`),
		},
	}
}

func changeGroupRules(in *detect.Input) *detect.Hit {
	name := in.Record.EventName
	if (name == "AuthorizeSecurityGroupIngress" || name == "ModifySecurityGroupRules") && slices.ContainsFunc(groupRules(in), everyAddress) {
		return nil // told by its own rule
	}
	id := param(in, "groupId", "groupName", "ModifySecurityGroupRulesRequest.GroupId")
	if made := in.Record.ResponseElements.Get("groupId").Text(); name == "CreateSecurityGroup" && made != "" {
		id = made
	}
	whole := "group/" + in.Record.Region + "/" + id + "/"
	group := whole + "in/"
	if strings.HasSuffix(name, "Egress") {
		group = whole + "out/"
	}
	hit := unlessUsual(notByStack(done("changed security group {} ("+name+")", "groupId", "groupName")))(in)
	var begun, over []string
	switch {
	case strings.HasPrefix(name, "Authorize"):
		begun = authorizedRules(in, group)
	case strings.HasPrefix(name, "Revoke"):
		over = revokedRules(in, group)
	case name == "CreateSecurityGroup":
		begun = []string{whole + "made"}
	case name == "DeleteSecurityGroup":
		over = []string{whole}
	}
	if hit == nil {
		return ended(in, over...)
	}
	hit.Undoes = over
	return lasting(hit, begun...)
}
