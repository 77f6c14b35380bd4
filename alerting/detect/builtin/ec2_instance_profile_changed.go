package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2InstanceProfileChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-instance-profile-changed",
		Title:      "Role of a machine changed",
		Why:        "Whoever is on the machine acts with the role it carries.",
		Do:         "Check that the role was meant for the machine.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.003", "T1548"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("ec2", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"),
		Match:      notByStack(tried("gave a role to", "AssociateIamInstanceProfileRequest.InstanceId", "instanceId")),
		Examples: []detect.Example{
			match("given", "ec2/AssociateIamInstanceProfile", `{"AssociateIamInstanceProfileRequest":{"InstanceId":"i-1"}}`),
			miss("read", "ec2/DescribeIamInstanceProfileAssociations", ``),
		},
	}
}
