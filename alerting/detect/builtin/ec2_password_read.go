package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2PasswordRead() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-password-read",
		Title:      "EC2 Windows administrator password retrieved",
		Why:        "Anyone who holds the key pair can decrypt the administrator password.",
		Do:         "Ask the actor and change the administrator password.",
		Severity:   alert.Medium,
		Techniques: []string{"T1555", "T1552"},
		Controls:   []string{"NIST IA-5"},
		Events:     events("ec2", "GetPasswordData"),
		NoEnd:      keptCopy,
		Match:      unlessUsual(tried("retrieved the Windows administrator password of EC2 instance {}", "instanceId")),
		Examples: []detect.Example{
			match("refused", "ec2/GetPasswordData", `{"instanceId":"i-1"}`, failed("Client.UnauthorizedOperation")),
			miss("missing", "ec2/GetPasswordData", `{"instanceId":"i-1"}`, failed("Client.InvalidInstanceID.NotFound")),
		},
	}
}
