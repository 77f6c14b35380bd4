package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2TrafficMirrored() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-traffic-mirrored",
		Title:      "VPC Traffic Mirroring configured",
		Why:        "A mirror session copies all network traffic of an instance, including credentials in clear text.",
		Do:         "Delete the mirror session and find out where the traffic was sent.",
		Severity:   alert.Medium,
		Techniques: []string{"T1040", "T1020.001"},
		Controls:   []string{"NIST SC-7"},
		Events:     events("ec2", "CreateTrafficMirrorFilter", "CreateTrafficMirrorFilterRule", "CreateTrafficMirrorSession", "CreateTrafficMirrorTarget", "DeleteTrafficMirrorFilter", "DeleteTrafficMirrorFilterRule", "DeleteTrafficMirrorSession", "DeleteTrafficMirrorTarget", "ModifyTrafficMirrorFilter", "ModifyTrafficMirrorFilterRule", "ModifyTrafficMirrorSession", "ModifyTrafficMirrorTarget", "ModifyTrafficMirrorFilterNetworkServices"),
		NoEnd:      keptCopy,
		Match:      mirror,
		Examples: []detect.Example{
			match("session", "ec2/CreateTrafficMirrorSession", `{}`),
			match("unsupported", "ec2/CreateTrafficMirrorSession", `{}`, failed("Client.NetworkInterfaceNotSupported")),
			miss("read", "ec2/DescribeTrafficMirrorTargets", `{}`),
		},
	}
}

func mirror(in *detect.Input) *detect.Hit {
	if ownService(in.Record) {
		return nil
	}
	hit := &detect.Hit{Detail: who(in.Record) + " changed VPC traffic mirroring (" + in.Record.EventName + ")."}
	if in.Record.Failed() { // whatever the reason, nobody calls this by mistake
		hit.Attempt, hit.Detail = true, failure(in.Record, "")
	}
	return hit
}
