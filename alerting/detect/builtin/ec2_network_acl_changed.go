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
		NoEnd:      unproven,
		Match:      changeACL,
		Examples: []detect.Example{
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
