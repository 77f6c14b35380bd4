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
		Ends:       events("codebuild", "UpdateProjectVisibility"),
		Match:      publicBuild,
		Examples: []detect.Example{
			ending(match("until it is private", "codebuild/UpdateProjectVisibility", `{"projectArn":"arn:p","projectVisibility":"PUBLIC_READ"}`), "codebuild/UpdateProjectVisibility", `{"projectArn":"arn:p","projectVisibility":"PRIVATE"}`),
			match("public", "codebuild/UpdateProjectVisibility", `{"projectArn":"arn:p","projectVisibility":"PUBLIC_READ"}`),
			miss("private", "codebuild/UpdateProjectVisibility", `{"projectArn":"arn:p","projectVisibility":"PRIVATE"}`),
		},
	}
}

func publicBuild(in *detect.Input) *detect.Hit {
	state := "project/" + param(in, "projectArn")
	if param(in, "projectVisibility") != "PUBLIC_READ" {
		return ended(in, state)
	}
	return lasting(tried("made CodeBuild project {} public", "projectArn")(in), state)
}
