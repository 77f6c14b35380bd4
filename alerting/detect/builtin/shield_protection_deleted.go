package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func shieldProtectionDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "shield-protection-deleted",
		Title:      "Shield Advanced protection removed or weakened",
		Why:        "The resource is no longer protected against DDoS attacks, or the Shield Response Team lost access.",
		Do:         "Create the protection again.",
		Severity:   alert.High,
		Techniques: []string{"T1498", "T1562.001"},
		Controls:   []string{"NIST SC-5"},
		Events:     events("shield", "DeleteProtection", "DeleteProtectionGroup", "DeleteSubscription", "DisassociateDRTRole", "DisassociateDRTLogBucket", "DisableProactiveEngagement"),
		NoEnd:      goneForAll,
		Match:      tried("removed AWS Shield protection {}", "protectionId", "protectionGroupId"),
		Examples: []detect.Example{
			match("deleted", "shield/DeleteProtection", `{"protectionId":"p1"}`),
			miss("described", "shield/DescribeProtection", `{"protectionId":"p1"}`),
		},
	}
}
