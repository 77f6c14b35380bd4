package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func guarddutyDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "guardduty-disabled",
		Title:      "GuardDuty disabled or weakened",
		Why:        "GuardDuty no longer generates findings for the account, for some sources or for new members.",
		Do:         "Enable the detector and its protection plans again, then review activity since the change.",
		Severity:   alert.High,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("guardduty", "DeleteDetector", "UpdateDetector", "UpdateMemberDetectors", "UpdateOrganizationConfiguration", "DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount", "DisassociateMembers", "DeleteMembers", "StopMonitoringMembers", "DisableOrganizationAdminAccount", "DeletePublishingDestination"),
		Match:      guardDutyOff,
		Examples: []detect.Example{
			match("deleted", "guardduty/DeleteDetector", `{"detectorId":"d1"}`),
			match("disabled", "guardduty/UpdateDetector", `{"detectorId":"d1","enable":false}`),
			match("a feature disabled", "guardduty/UpdateDetector", `{"detectorId":"d1","features":[{"name":"S3_DATA_EVENTS","status":"DISABLED"}]}`),
			match("enabled but for a feature", "guardduty/UpdateDetector", `{"detectorId":"d1","enable":true,"features":[{"name":"S3_DATA_EVENTS","status":"DISABLED"}]}`),
			match("enabled but for S3", "guardduty/UpdateDetector", `{"detectorId":"d1","enable":true,"dataSources":{"s3Logs":{"enable":false}}}`),
			match("audit logs of clusters disabled", "guardduty/UpdateDetector", `{"detectorId":"d1","dataSources":{"kubernetes":{"auditLogs":{"enable":false}}}}`),
			match("malware scans disabled", "guardduty/UpdateDetector", `{"detectorId":"d1","dataSources":{"malwareProtection":{"scanEc2InstanceWithFindings":{"ebsVolumes":false}}}}`),
			match("a member's feature disabled", "guardduty/UpdateMemberDetectors", `{"detectorId":"d1","accountIds":["444455556666"],"features":[{"name":"EKS_AUDIT_LOGS","status":"ENABLED"},{"name":"S3_DATA_EVENTS","status":"DISABLED"}]}`),
			match("not for new accounts", "guardduty/UpdateOrganizationConfiguration", `{"detectorId":"d1","autoEnable":false}`),
			match("not for any account", "guardduty/UpdateOrganizationConfiguration", `{"detectorId":"d1","autoEnableOrganizationMembers":"NONE"}`),
			miss("a member's feature enabled", "guardduty/UpdateMemberDetectors", `{"detectorId":"d1","accountIds":["444455556666"],"features":[{"name":"S3_DATA_EVENTS","status":"ENABLED"}]}`),
			miss("for new accounts", "guardduty/UpdateOrganizationConfiguration", `{"detectorId":"d1","autoEnableOrganizationMembers":"NEW"}`),
			miss("enabled with a feature", "guardduty/UpdateDetector", `{"detectorId":"d1","enable":true,"features":[{"name":"S3_DATA_EVENTS","status":"ENABLED"}]}`),
			miss("enabled", "guardduty/UpdateDetector", `{"detectorId":"d1","enable":true}`),
		},
	}
}

func guardDutyOff(in *detect.Input) *detect.Hit {
	name, detector := in.Record.EventName, param(in, "detectorId")
	p := in.Record.RequestParameters
	switch name {
	case "UpdateDetector":
		on, said := p.Get("enable").Bool()
		if said && !on {
			return episode("detector/"+detector, say(in, "disabled GuardDuty detector {}", detector))
		}
		if part := guardDutyPart(p); part != "" {
			return at(alert.Medium, say(in, "disabled GuardDuty feature {}", part))
		}
		if on {
			return over(in, "detector/"+detector, "enabled GuardDuty")
		}
		return nil
	case "UpdateMemberDetectors":
		if part := guardDutyPart(p); part != "" {
			return at(alert.Medium, say(in, "disabled GuardDuty feature {} for member accounts", part))
		}
		return nil
	case "UpdateOrganizationConfiguration":
		on, said := p.Get("autoEnable").Bool()
		if said && !on || p.Get("autoEnableOrganizationMembers").Text() == "NONE" {
			return at(alert.Medium, say(in, "turned off GuardDuty auto-enable for new accounts on detector {}", detector))
		}
		return nil
	}
	return episode("detector/"+detector, say(in, guardDutyDeed(name), detector))
}

// guardDutyDeed says what a call that takes no features did.
func guardDutyDeed(name string) string {
	switch name {
	case "DeleteDetector":
		return "deleted GuardDuty detector {}"
	case "DeletePublishingDestination":
		return "deleted the findings export of GuardDuty detector {}"
	default:
		return "removed GuardDuty members or administrator (" + name + ") on detector {}"
	}
}

// guardDutyPart names the features and data sources that a call switches off; empty if it leaves all on.
func guardDutyPart(p cloudtrail.Value) string {
	var off []string
	for _, feature := range p.Get("features").List() {
		if feature.Get("status").Text() == "DISABLED" {
			off = append(off, feature.Get("name").Text())
		}
	}
	sources := p.Get("dataSources")
	for _, source := range []struct {
		name string
		on   cloudtrail.Value
	}{
		{"s3Logs", sources.Get("s3Logs", "enable")},
		{"kubernetes.auditLogs", sources.Get("kubernetes", "auditLogs", "enable")},
		{"malwareProtection", sources.Get("malwareProtection", "scanEc2InstanceWithFindings", "ebsVolumes")},
	} {
		if on, said := source.on.Bool(); said && !on {
			off = append(off, source.name)
		}
	}
	return listed(off)
}
