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
		Ends:       events("ec2", "DeleteRoute", "DeleteRouteTable", "DisassociateRouteTable"),
		Match: undone(notByStack(done("changed routes of {}", "routeTableId", "vpcId")),
			undo{by: []string{"CreateRoute"}, over: []string{"DeleteRoute"}, of: []string{"routeTableId", "destinationCidrBlock|destinationIpv6CidrBlock|destinationPrefixListId"}, told: true},
			undo{by: []string{"CreateRouteTable"}, over: []string{"DeleteRouteTable"}, of: []string{"routeTableId|routeTable.routeTableId"}, told: true},
			undo{by: []string{"AssociateRouteTable"}, over: []string{"DisassociateRouteTable"}, of: []string{"associationId"}, told: true},
		),
		Examples: []detect.Example{
			ending(match("until the route is deleted", "ec2/CreateRoute", `{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0","gatewayId":"igw-1"}`), "ec2/DeleteRoute", `{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0"}`),
			match("created", "ec2/CreateRoute", `{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0","gatewayId":"igw-1"}`),
			miss("read", "ec2/DescribeRouteTables", ``),
		},
	}
}
