package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2InstanceProfileChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-instance-profile-changed",
		Title:      "EC2 instance profile attached or replaced",
		Why:        "Everyone with access to the instance can use the permissions of its role.",
		Do:         "Confirm that the role was approved for this instance.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.003", "T1548"},
		Controls:   []string{"NIST AC-6"},
		Events:     events("ec2", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"),
		NoEnd:      misused,
		Match:      notByStack(tried("attached an instance profile to EC2 instance {}", "AssociateIamInstanceProfileRequest.InstanceId", "instanceId")),
		Examples: []detect.Example{
			match("given", "ec2/AssociateIamInstanceProfile", `{"AssociateIamInstanceProfileRequest":{"InstanceId":"i-1"}}`),
			miss("read", "ec2/DescribeIamInstanceProfileAssociations", ``),
		},
	}
}
