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
		Events:     events("ec2", "ModifyInstanceMetadataOptions", "ModifyInstanceMetadataDefaults", "TerminateInstances"),
		Ends:       events("ec2", "ModifyInstanceMetadataOptions", "ModifyInstanceMetadataDefaults", "TerminateInstances"),
		Match:      weakenMetadata,
		Examples: []detect.Example{
			ending(match("until tokens are required", "ec2/ModifyInstanceMetadataOptions", `{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpTokens":"optional"}}`), "ec2/ModifyInstanceMetadataOptions", `{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpTokens":"required"}}`),
			ending(match("until it is terminated", "ec2/ModifyInstanceMetadataOptions", `{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpTokens":"optional"}}`), "ec2/TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-2"},{"instanceId":"i-1"}]}}`),
			ending(match("until the defaults are back", "ec2/ModifyInstanceMetadataDefaults", `{"httpTokens":"optional"}`), "ec2/ModifyInstanceMetadataDefaults", `{"httpTokens":"required"}`),
			match("tokens optional", "ec2/ModifyInstanceMetadataOptions", `{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpTokens":"optional"}}`),
			miss("tokens required", "ec2/ModifyInstanceMetadataOptions", `{"ModifyInstanceMetadataOptionsRequest":{"InstanceId":"i-1","HttpTokens":"required"}}`),
		},
	}
}

func weakenMetadata(in *detect.Input) *detect.Hit {
	p, state := in.Record.RequestParameters, "imds/"+in.Record.Region+"/"
	if in.Record.EventName == "TerminateInstances" {
		var gone []string
		for _, instance := range p.Get("instancesSet", "items").List() {
			gone = append(gone, state+instance.Get("instanceId").Text())
		}
		return ended(in, gone...)
	}
	for _, body := range []cloudtrail.Value{p, p.Get(in.Record.EventName + "Request")} {
		instance := body.Get("instanceId").Text()
		switch tokens := body.Get("httpTokens").Text(); {
		case tokens == "optional":
			return lasting(say(in, "allowed IMDSv1 on EC2 instance {}", instance), state+instance)
		case tokens == "required", tokens == "no-preference", body.Get("httpEndpoint").Text() == "disabled":
			return ended(in, state+instance)
		}
	}
	return nil
}
