package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2VpcChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-vpc-changed",
		Title:      "VPC network changed",
		Why:        "New, peered or deleted VPCs, subnets and endpoints change which systems can reach each other.",
		Do:         "Compare the VPC with the expected configuration and revert changes nobody can explain.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"CIS 4.14", "NIST SC-7"},
		Events:     events("ec2", "CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AcceptVpcPeeringConnection", "CreateVpcPeeringConnection", "DeleteVpcPeeringConnection", "RejectVpcPeeringConnection", "AttachClassicLinkVpc", "DetachClassicLinkVpc", "DisableVpcClassicLink", "EnableVpcClassicLink", "DeleteSubnet", "DeleteVpcEndpoints", "ModifyVpcEndpoint", "ModifyVpcBlockPublicAccessOptions"),
		NoEnd:      "It tells of changes in either direction, so the call that takes one back is a change to look at itself.",
		Match:      notByStack(done("changed VPC or subnet {}", "vpcId", "subnetId", "cidrBlock")),
		Examples: []detect.Example{
			match("deleted", "ec2/DeleteVpc", `{"vpcId":"vpc-1"}`),
			miss("read", "ec2/DescribeVpcs", ``),
		},
	}
}
