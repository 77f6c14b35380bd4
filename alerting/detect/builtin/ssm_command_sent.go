package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ssmCommandSent() *detect.Rule {
	return &detect.Rule{
		ID:         "ssm-command-sent",
		Title:      "Systems Manager command or session started",
		Why:        "Run Command runs as root or SYSTEM on every instance it targets; a session gives shell access.",
		Do:         "Read the command or session log and ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1651"},
		Controls:   []string{"NIST CM-5"},
		Events:     events("ssm", "SendCommand", "StartSession", "ResumeSession"),
		NoEnd:      anAct,
		Match:      unlessUsual(notByStack(tried("started a Systems Manager command or session on {}", "target", "documentName"))),
		Examples: []detect.Example{
			match("command", "ssm/SendCommand", `{"documentName":"AWS-RunShellScript"}`),
			miss("unknown machine", "ssm/SendCommand", `{"documentName":"AWS-RunShellScript"}`, failed("InvalidInstanceId")),
		},
	}
}
