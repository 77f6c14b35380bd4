package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func codebuildPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "codebuild-public",
		Title:      "Build project made public",
		Why:        "The logs and artifacts of a public project are there for everybody to read, with whatever secrets they show.",
		Do:         "Make the project private; change the secrets its logs showed.",
		Severity:   alert.Medium,
		Techniques: []string{"T1567", "T1530"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("codebuild", "UpdateProjectVisibility"),
		Match:      publicBuild,
		Examples: []detect.Example{
			match("public", "codebuild/UpdateProjectVisibility", `{"projectArn":"arn:p","projectVisibility":"PUBLIC_READ"}`),
			miss("private", "codebuild/UpdateProjectVisibility", `{"projectArn":"arn:p","projectVisibility":"PRIVATE"}`),
		},
	}
}

func publicBuild(in *detect.Input) *detect.Hit {
	if param(in, "projectVisibility") != "PUBLIC_READ" {
		return nil
	}
	return tried("made public the build project", "projectArn")(in)
}
