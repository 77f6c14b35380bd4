package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2ImageCreated() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-image-created",
		Title:      "Machine image made or copied",
		Why:        "An image is a machine's whole disk, ready to be taken elsewhere.",
		Do:         "Ask the actor what the image is for; check with whom it is shared.",
		Severity:   alert.Low,
		Techniques: []string{"T1578.001", "T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ec2", "CreateImage", "CopyImage", "CreateFpgaImage", "CopyFpgaImage", "CreateRestoreImageTask", "CreateStoreImageTask", "ImportImage", "ExportImage", "CreateInstanceExportTask", "RegisterImage"),
		Match:      unlessUsual(notByStack(done("made or copied an image of", "instanceId", "sourceImageId", "imageId", "name"))),
		Examples: []detect.Example{
			match("created", "ec2/CreateImage", `{"instanceId":"i-1","name":"copy"}`),
			miss("by a backup plan", "ec2/CreateImage", `{"instanceId":"i-1"}`, byTool("backup.amazonaws.com")),
		},
	}
}
