package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ecrImagePushed() *detect.Rule {
	return &detect.Rule{
		ID:         "ecr-image-pushed",
		Title:      "ECR image pushed by a user",
		Why:        "Images are normally pushed by a pipeline; a manual push can contain a backdoor.",
		Do:         "Compare the image with its build and ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1525", "T1204.003"},
		Controls:   []string{"NIST CM-5"},
		Events:     events("ecr", "PutImage"),
		NoEnd:      anAct,
		Match:      pushImage,
		Examples: []detect.Example{
			match("by a user", "ecr/PutImage", `{"repositoryName":"r","imageTag":"latest"}`),
			miss("by a pipeline", "ecr/PutImage", `{"repositoryName":"r"}`, byRole("deploy", "pipeline-7")),
		},
	}
}

func pushImage(in *detect.Input) *detect.Hit {
	if !byPerson(in.Record) {
		return nil
	}
	return unlessUsual(notByStack(done("pushed an image to ECR repository {}", "repositoryName")))(in)
}
