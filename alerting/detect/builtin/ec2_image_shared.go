package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func ec2ImageShared() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-image-shared",
		Title:      "AMI shared externally or made public",
		Why:        "An AMI contains a full disk, including any secrets on it. External accounts can launch or copy it.",
		Do:         "Remove the launch permission and rotate the secrets stored on the image.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ec2", "ModifyImageAttribute"),
		Match:      shareImage,
		Examples: []detect.Example{
			match("public", "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"group":"all"}]}}}`),
			match("foreign account", "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"999988887777"}]}}}`),
			miss("taken back", "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"remove":{"items":[{"group":"all"}]}}}`),
		},
	}
}

func shareImage(in *detect.Input) *detect.Hit {
	return shareOut(in, "image", param(in, "imageId"), in.Record.RequestParameters.Get("launchPermission", "add", "items"))
}

// shareOut judges a list of those a disk is shared with: the group "all", accounts, or organizations by ARN.
func shareOut(in *detect.Input, kind, id string, added cloudtrail.Value) *detect.Hit {
	for _, item := range added.List() {
		account := item.Get("userId").Text()
		switch {
		case item.Get("group").Text() == "all":
			hit := at(alert.High, say(in, "made public the "+kind, id))
			if hit != nil {
				hit.Grant = "everyone"
			}
			return hit
		case account != "" && !ownAccount(in, account), item.Get("organizationArn").Exists(), item.Get("organizationalUnitArn").Exists():
			return say(in, "shared with "+strings.TrimSpace("account "+account)+" the "+kind, id)
		}
	}
	return nil
}
