package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2NetworkACLChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-network-acl-changed",
		Title:      "Network ACL changed",
		Why:        "Network ACLs filter traffic for entire subnets.",
		Do:         "Compare the network ACL with the expected configuration and remove entries nobody can explain.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"CIS 4.11", "NIST SC-7"},
		Events:     events("ec2", "CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation"),
		Ends:       events("ec2", "DeleteNetworkAclEntry", "DeleteNetworkAcl"),
		Match: undone(changeACL,
			undo{by: []string{"CreateNetworkAclEntry", "ReplaceNetworkAclEntry"}, over: []string{"DeleteNetworkAclEntry"}, of: []string{"networkAclId", "egress", "ruleNumber"}, told: true},
			undo{by: []string{"CreateNetworkAcl"}, over: []string{"DeleteNetworkAcl"}, of: []string{"networkAclId|networkAcl.networkAclId"}, told: true},
		),
		Examples: []detect.Example{
			ending(match("until the entry is deleted", "ec2/CreateNetworkAclEntry", `{"networkAclId":"acl-1","ruleNumber":90,"egress":false,"ruleAction":"allow","aclProtocol":"-1","cidrBlock":"0.0.0.0/0"}`), "ec2/DeleteNetworkAclEntry", `{"networkAclId":"acl-1","ruleNumber":90,"egress":false}`),
			match("allow everyone", "ec2/CreateNetworkAclEntry", `{"networkAclId":"acl-1","egress":false,"ruleAction":"allow","aclProtocol":"-1","cidrBlock":"0.0.0.0/0"}`),
			miss("read", "ec2/DescribeNetworkAcls", ``),
		},
	}
}

func changeACL(in *detect.Input) *detect.Hit {
	hit := notByStack(done("changed network ACL {} ("+in.Record.EventName+")", "networkAclId"))(in)
	open := strings.HasSuffix(param(in, "cidrBlock", "ipv6CidrBlock"), "/0")
	if egress, _ := in.Record.RequestParameters.Get("egress").Bool(); open && !egress && param(in, "ruleAction") == "allow" {
		return at(alert.Medium, hit)
	}
	return hit
}
