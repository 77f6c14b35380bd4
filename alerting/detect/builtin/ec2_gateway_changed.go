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
		NoEnd:      unproven,
		Match:      notByStack(done("changed a network gateway of {}", "vpcId", "internetGatewayId", "customerGatewayId")),
		Examples: []detect.Example{
			match("attached", "ec2/AttachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`),
			miss("expired", "ec2/AttachInternetGateway", `{"vpcId":"vpc-1"}`, failed("RequestExpired")),
		},
	}
}
