package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func codebuildPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "codebuild-public",
		Title:      "CodeBuild project made public",
		Why:        "Build logs and artifacts are public, including any secrets in them.",
		Do:         "Make the project private and rotate secrets shown in its logs.",
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
	return tried("made CodeBuild project {} public", "projectArn")(in)
}
