package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2InstancesEnded() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-instances-ended",
		Title:      "EC2 instances stopped or terminated by a user",
		Why:        "Stopped or terminated instances are an outage and can be sabotage.",
		Do:         "Ask the actor and restart the instances that should run.",
		Severity:   alert.Low,
		Techniques: []string{"T1489", "T1485"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("ec2", "StopInstances", "TerminateInstances"),
		NoEnd:      anAct,
		Match:      endMachines,
		Examples: []detect.Example{
			match("by a user", "ec2/TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-1"}]}}`),
			miss("by a pipeline", "ec2/TerminateInstances", `{}`, byRole("deploy", "ci-1")),
		},
	}
}

func endMachines(in *detect.Input) *detect.Hit {
	if !byPerson(in.Record) {
		return nil
	}
	what := "stopped EC2 instance {}"
	if in.Record.EventName == "TerminateInstances" {
		what = "terminated EC2 instance {}"
	}
	return unlessUsual(notByStack(done(what, "instancesSet.items.instanceId")))(in)
}
