package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2InstanceConnect() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-instance-connect",
		Title:      "EC2 Instance Connect SSH key sent or tunnel opened",
		Why:        "EC2 Instance Connect gives shell access with a temporary SSH key that leaves no key on the instance.",
		Do:         "Ask the actor and review the session on the instance.",
		Severity:   alert.Low,
		Techniques: []string{"T1021.004", "T1098.004"},
		Controls:   []string{"NIST AC-17"},
		Events:     events("ec2-instance-connect", "SendSSHPublicKey", "OpenTunnel"),
		NoEnd:      anAct,
		Match:      unlessUsual(tried("sent an SSH public key or opened a tunnel to EC2 instance {}", "instanceId")),
		Examples: []detect.Example{
			match("sent", "ec2-instance-connect/SendSSHPublicKey", `{"instanceId":"i-1"}`),
			miss("no such machine", "ec2-instance-connect/SendSSHPublicKey", `{"instanceId":"i-1"}`, failed("EC2InstanceNotFoundException")),
		},
	}
}
