package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ecrRepositoryPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "ecr-repository-public",
		Title:      "ECR repository or registry policy made public",
		Why:        "The policy lets anyone, or any AWS account, use the repository: pull images with code and secrets or, if allowed, push images that run in production.",
		Do:         "Restore the previous repository policy or name the accounts that need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537", "T1098"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ecr", "SetRepositoryPolicy", "PutRegistryPolicy", "DeleteRepositoryPolicy", "DeleteRegistryPolicy", "DeleteRepository"),
		Ends:       events("ecr", "SetRepositoryPolicy", "PutRegistryPolicy", "DeleteRepositoryPolicy", "DeleteRegistryPolicy", "DeleteRepository"),
		Match:      sharedPolicy("ECR repository", []string{"policyText"}, "repositoryName"),
		Examples: []detect.Example{
			ending(match("until it is undone", "ecr/SetRepositoryPolicy", `{"repositoryName":"r","policyText":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "ecr/DeleteRepositoryPolicy", `{"repositoryName":"r"}`),
			match("everyone", "ecr/SetRepositoryPolicy", `{"repositoryName":"r","policyText":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "ecr/SetRepositoryPolicy", `{"repositoryName":"r","policyText":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
