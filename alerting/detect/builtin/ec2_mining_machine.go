package builtin

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func ec2MiningMachine() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-mining-machine",
		Title:      "GPU or accelerator EC2 instances launched or requested",
		Why:        "GPU and accelerator instances are expensive and often used for cryptocurrency mining with stolen credentials.",
		Do:         "Ask the actor. Terminate the instances if nobody requested them, and check other Regions for more.",
		Severity:   alert.Low,
		Techniques: []string{"T1496"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("ec2", "RunInstances", "RequestSpotInstances"),
		NoEnd:      anAct,
		Match:      runMiner,
		Examples: []detect.Example{
			match("accelerators", "ec2/RunInstances", `{"instanceType":"p4d.24xlarge"}`),
			match("a fleet", "ec2/RunInstances", `{"instanceType":"p4d.24xlarge","instancesSet":{"items":[{"minCount":10,"maxCount":10}]}}`),
			match("stopped by the quota", "ec2/RunInstances", `{"instanceType":"g4dn.xlarge"}`, failed("Client.VcpuLimitExceeded")),
			miss("small", "ec2/RunInstances", `{"instanceType":"t3.micro"}`),
		},
	}
}

func runMiner(in *detect.Input) *detect.Hit {
	kind := param(in, "instanceType", "launchSpecification.instanceType")
	if !accelerated(kind) {
		return nil
	}
	number := machines(in)
	what := "launched a {} EC2 instance"
	if number > 1 {
		what = fmt.Sprintf("launched up to %d {} EC2 instances", number)
	}
	hit := unlessUsual(notByStack(func(in *detect.Input) *detect.Hit { return say(in, what, kind) }))(in)
	if hit == nil {
		return nil
	}
	severity := fleetSeverity(kind, number)
	if hit.Attempt && severity < alert.High {
		return at(alert.Medium, hit) // that only a limit stopped it says nothing in its favor
	}
	return at(severity, hit)
}

// fleetSeverity weighs machines by their number and kind: a single one is low, several or one of the largest are medium,
// ten, or several of the largest, are high.
func fleetSeverity(kind string, number int) alert.Severity {
	family, size, _ := strings.Cut(kind, ".")
	largest := size == "metal" || len(size) >= len("10xlarge") && strings.HasSuffix(size, "xlarge") ||
		strings.HasPrefix(family, "p4") || strings.HasPrefix(family, "p5") || strings.HasPrefix(family, "p6")
	const several, fleet = 4, 10
	switch {
	case number >= fleet, number >= several && largest:
		return alert.High
	case number >= several, largest:
		return alert.Medium
	}
	return alert.Low
}

// accelerated reports whether an instance type has GPUs or other accelerators.
func accelerated(kind string) bool {
	family, _, _ := strings.Cut(kind, ".")
	for _, prefix := range []string{"p2", "p3", "p4", "p5", "p6", "g3", "g4", "g5", "g6", "gr6", "trn", "inf", "dl1", "dl2", "f1", "f2", "vt1"} {
		if strings.HasPrefix(family, prefix) {
			return true
		}
	}
	return false
}

// machines is how many instances a call asked for; at least 1.
func machines(in *detect.Input) int {
	number := 1
	take := func(v cloudtrail.Value) {
		if n, err := strconv.Atoi(v.Text()); err == nil {
			number = max(number, n)
		}
	}
	for _, item := range in.Record.RequestParameters.Get("instancesSet", "items").List() {
		take(item.Get("maxCount"))
	}
	take(in.Record.RequestParameters.Get("maxCount"))
	take(in.Record.RequestParameters.Get("instanceCount"))
	return number
}
