package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2MiningMachine() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-mining-machine",
		Title:      "GPU or accelerator EC2 instance launched or requested",
		Why:        "GPU and accelerator instances are expensive and often used for cryptocurrency mining with stolen credentials.",
		Do:         "Ask the actor. Terminate the instance if nobody requested it.",
		Severity:   alert.Low,
		Techniques: []string{"T1496"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("ec2", "RunInstances", "RequestSpotInstances"),
		NoEnd:      anAct,
		Match:      runMiner,
		Examples: []detect.Example{
			match("accelerators", "ec2/RunInstances", `{"instanceType":"p4d.24xlarge"}`),
			miss("small", "ec2/RunInstances", `{"instanceType":"t3.micro"}`),
		},
	}
}

func runMiner(in *detect.Input) *detect.Hit {
	family, _, _ := strings.Cut(param(in, "instanceType", "launchSpecification.instanceType"), ".")
	for _, prefix := range []string{"p2", "p3", "p4", "p5", "g3", "g4", "g5", "g6", "trn", "inf", "dl1"} {
		if strings.HasPrefix(family, prefix) {
			hit := unlessUsual(notByStack(tried("launched a {} EC2 instance", "instanceType", "launchSpecification.instanceType")))(in)
			if hit != nil && hit.Attempt {
				return at(alert.Medium, hit) // that only a limit stopped it says nothing in its favor
			}
			return hit
		}
	}
	return nil
}
