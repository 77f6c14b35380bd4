package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ecrRepositoryPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "ecr-repository-public",
		Title:      "Container images open to others",
		Why:        "Images hold code and often secrets; whoever can write them runs code in production.",
		Do:         "Put the former policy back, or name those who need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537", "T1098"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ecr", "SetRepositoryPolicy", "PutRegistryPolicy"),
		Match:      publicPolicy("image repository", []string{"policyText"}, "repositoryName"),
		Examples: []detect.Example{
			match("everyone", "ecr/SetRepositoryPolicy", `{"repositoryName":"r","policyText":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "ecr/SetRepositoryPolicy", `{"repositoryName":"r","policyText":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
