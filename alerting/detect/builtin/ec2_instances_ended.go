package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2InstancesEnded() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-instances-ended",
		Title:      "Machines stopped or terminated by a person",
		Why:        "Machines that stand still, or are gone, are an outage; intruders end them to hide, or to be paid.",
		Do:         "Ask the actor; start what was meant to run.",
		Severity:   alert.Low,
		Techniques: []string{"T1489", "T1485"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("ec2", "StopInstances", "TerminateInstances"),
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
	return unlessUsual(notByStack(done("stopped or terminated", "instancesSet.items.instanceId")))(in)
}
