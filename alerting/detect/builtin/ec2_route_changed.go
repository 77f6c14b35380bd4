package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2RouteChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-route-changed",
		Title:      "VPC route table changed",
		Why:        "Routes decide where traffic goes, including around a firewall.",
		Do:         "Compare the route table with the expected configuration and revert changes nobody can explain.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"CIS 4.13", "NIST SC-7"},
		Events:     events("ec2", "CreateRoute", "CreateRouteTable", "ReplaceRoute", "ReplaceRouteTableAssociation", "DeleteRouteTable", "DeleteRoute", "DisassociateRouteTable", "AssociateRouteTable"),
		NoEnd:      unproven,
		Match:      notByStack(done("changed routes of {}", "routeTableId", "vpcId")),
		Examples: []detect.Example{
			match("created", "ec2/CreateRoute", `{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0","gatewayId":"igw-1"}`),
			miss("read", "ec2/DescribeRouteTables", ``),
		},
	}
}
