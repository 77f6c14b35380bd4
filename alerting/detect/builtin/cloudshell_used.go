package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudshellUsed() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudshell-used",
		Title:      "CloudShell used by an unusual actor",
		Why:        "CloudShell runs commands with the rights of the console session, from addresses of AWS. The actor is not known to use it.",
		Do:         "Ask the actor. If it was not them, revoke their sessions and check the calls made from CloudShell since.",
		Severity:   alert.Low,
		Techniques: []string{"T1059.009", "T1078.004"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("cloudshell", "CreateEnvironment", "CreateSession", "GetFileDownloadUrls"),
		NoEnd:      anAct,
		Match:      unlessUsual(openCloudShell),
		Examples: []detect.Example{
			match("session", "cloudshell/CreateSession", `{"environmentId":"e"}`),
			match("file taken out", "cloudshell/GetFileDownloadUrls", `{"environmentId":"e","fileDownloadPath":"/home/cloudshell-user/dump.zip"}`),
			miss("kept open", "cloudshell/SendHeartBeat", `{"environmentId":"e"}`),
		},
	}
}

func openCloudShell(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "GetFileDownloadUrls" {
		return tried("downloaded file {} from CloudShell", "fileDownloadPath")(in)
	}
	return tried("opened CloudShell")(in)
}
