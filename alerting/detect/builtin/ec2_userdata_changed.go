package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2UserdataChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-userdata-changed",
		Title:      "EC2 instance user data changed",
		Why:        "User data runs as root at the next start.",
		Do:         "Read the user data before the instance starts again and remove what nobody can explain.",
		Severity:   alert.Medium,
		Techniques: []string{"T1059.009", "T1037"},
		Controls:   []string{"NIST CM-5"},
		Events:     events("ec2", "ModifyInstanceAttribute"),
		NoEnd:      misused,
		Match:      changeUserData,
		Examples: []detect.Example{
			match("changed", "ec2/ModifyInstanceAttribute", `{"instanceId":"i-1","userData":"<sensitiveDataRemoved>"}`),
			miss("another attribute", "ec2/ModifyInstanceAttribute", `{"instanceId":"i-1","ebsOptimized":{"value":true}}`),
		},
	}
}

func changeUserData(in *detect.Input) *detect.Hit {
	if !in.Record.RequestParameters.Get("userData").Exists() && param(in, "attribute") != "userData" {
		return nil
	}
	return tried("changed the user data of EC2 instance {}", "instanceId")(in)
}
