package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2GatewayChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-gateway-changed",
		Title:      "VPC gateway changed",
		Why:        "A gateway connects a VPC to the internet or to another network.",
		Do:         "Compare the VPC with the expected configuration and revert changes nobody can explain.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"CIS 4.12", "NIST SC-7"},
		Events:     events("ec2", "CreateCustomerGateway", "DeleteCustomerGateway", "AttachInternetGateway", "CreateInternetGateway", "DeleteInternetGateway", "DetachInternetGateway", "CreateEgressOnlyInternetGateway", "CreateVpnGateway", "AttachVpnGateway", "CreateTransitGateway", "AcceptTransitGatewayVpcAttachment"),
		Ends:       events("ec2", "DetachInternetGateway", "AttachInternetGateway", "DeleteInternetGateway", "DeleteCustomerGateway"),
		Match: undone(notByStack(done("changed a network gateway of {}", "vpcId", "internetGatewayId", "customerGatewayId")),
			undo{by: []string{"AttachInternetGateway"}, over: []string{"DetachInternetGateway"}, of: []string{"internetGatewayId", "vpcId"}, told: true},
			undo{by: []string{"DetachInternetGateway"}, over: []string{"AttachInternetGateway"}, of: []string{"internetGatewayId", "vpcId"}, told: true},
			undo{by: []string{"CreateInternetGateway"}, over: []string{"DeleteInternetGateway"}, of: []string{"internetGatewayId|internetGateway.internetGatewayId"}, told: true},
			undo{by: []string{"CreateCustomerGateway"}, over: []string{"DeleteCustomerGateway"}, of: []string{"customerGatewayId|customerGateway.customerGatewayId"}, told: true},
		),
		Examples: []detect.Example{
			ending(match("until it is detached", "ec2/AttachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`), "ec2/DetachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`),
			match("attached", "ec2/AttachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`),
			miss("expired", "ec2/AttachInternetGateway", `{"vpcId":"vpc-1"}`, failed("RequestExpired")),
		},
	}
}
