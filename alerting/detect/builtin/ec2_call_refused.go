package builtin

import (
	"bytes"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func ec2CallRefused() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-call-refused",
		Title:      "EC2 calls denied",
		Why:        "Denied calls that an actor never needed before suggest stolen credentials.",
		Do:         "Check what else the actor tried and from where.",
		Severity:   alert.Low,
		Techniques: []string{"T1580", "T1526"},
		Controls:   []string{"CIS 4.1", "NIST AC-6"},
		Events:     []string{"ec2.amazonaws.com/*"},
		Wants: func(h *cloudtrail.Header, _ []byte) bool {
			return bytes.HasSuffix(h.ErrorCode, []byte("UnauthorizedOperation"))
		},
		NoEnd: anAct,
		Match: ec2Refused,
		Examples: []detect.Example{
			match("refused", "ec2/DescribeInstances", `{}`, failed("Client.UnauthorizedOperation")),
			miss("dry run", "ec2/RunInstances", `{}`, failed("Client.DryRunOperation")),
			miss("a service", "ec2/RunInstances", `{}`, byService("eks-nodegroup.amazonaws.com"), failed("Client.UnauthorizedOperation")),
		},
	}
}

func ec2Refused(in *detect.Input) *detect.Hit {
	if !refused(in.Record) || in.Record.UserIdentity.InvokedBy != "" || in.Record.EventName == "GetPasswordData" {
		return nil
	}
	return at(alert.Medium, unlessUsual(tried("", "instanceId"))(in)) // an attempt is told one step lower
}
