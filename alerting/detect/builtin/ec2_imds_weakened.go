package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func ec2ImdsWeakened() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-imds-weakened",
		Title:      "EC2 instance metadata allows IMDSv1",
		Why:        "IMDSv1 lets anyone who can make the instance fetch a URL (SSRF) steal its role credentials.",
		Do:         "Require IMDSv2 again (HttpTokens = required).",
		Severity:   alert.Medium,
		Techniques: []string{"T1552.005"},
		Controls:   []string{"CIS 5.6", "NIST AC-3"},
		Events:     events("ec2", "ModifyInstanceMetadataOptions", "ModifyInstanceMetadataDefaults"),
		NoEnd:      unproven,
		Match:      weakenMetadata,
		Examples: []detect.Example{
			match("tokens optional", "ec2/ModifyInstanceMetadataOptions", `{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpTokens":"optional"}}`),
			miss("tokens required", "ec2/ModifyInstanceMetadataOptions", `{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpTokens":"required"}}`),
		},
	}
}

func weakenMetadata(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	for _, body := range []cloudtrail.Value{p, p.Get(in.Record.EventName + "Request")} {
		if body.Get("httpTokens").Text() == "optional" {
			return say(in, "allowed IMDSv1 on EC2 instance {}", body.Get("instanceId").Text())
		}
	}
	return nil
}
