package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2ImageCreated() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-image-created",
		Title:      "AMI created or copied",
		Why:        "An AMI contains a full disk and can be taken to another account.",
		Do:         "Ask the actor what the AMI is for, then check its launch permissions.",
		Severity:   alert.Low,
		Techniques: []string{"T1578.001", "T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ec2", "CreateImage", "CopyImage", "CreateFpgaImage", "CopyFpgaImage", "CreateRestoreImageTask", "CreateStoreImageTask", "ImportImage", "ExportImage", "CreateInstanceExportTask", "RegisterImage"),
		NoEnd:      keptCopy,
		Match:      unlessUsual(notByStack(done("created or copied an AMI: {}", "instanceId", "sourceImageId", "imageId", "name"))),
		Examples: []detect.Example{
			match("created", "ec2/CreateImage", `{"instanceId":"i-1","name":"copy"}`),
			miss("by a backup plan", "ec2/CreateImage", `{"instanceId":"i-1"}`, byTool("backup.amazonaws.com")),
		},
	}
}
