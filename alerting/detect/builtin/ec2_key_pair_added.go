package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2KeyPairAdded() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-key-pair-added",
		Title:      "EC2 key pair created or imported by an unusual actor",
		Why:        "New instances can be started with the key pair, which gives its holder access to them by SSH.",
		Do:         "Ask the actor. If nobody planned it, delete the key pair and check which instances were started with it.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.004", "T1098"},
		Controls:   []string{"NIST IA-5"},
		Events:     events("ec2", "CreateKeyPair", "ImportKeyPair"),
		NoEnd:      misused,
		Match:      unlessUsual(notByStack(tried("added EC2 key pair {}", "keyName"))),
		Examples: []detect.Example{
			match("imported", "ec2/ImportKeyPair", `{"keyName":"k"}`),
			miss("a stack", "ec2/CreateKeyPair", `{"keyName":"k"}`, byTool("cloudformation.amazonaws.com")),
			miss("deleted", "ec2/DeleteKeyPair", `{"keyName":"k"}`),
		},
	}
}
