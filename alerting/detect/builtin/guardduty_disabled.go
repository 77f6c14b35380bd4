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
		Ends:       events("guardduty", "UpdateDetector", "UpdateMemberDetectors", "UpdateOrganizationConfiguration"),
		Match:      guardDutyOff,
		Examples: []detect.Example{
			ending(match("until it is undone", "guardduty/UpdateDetector", `{"detectorId":"d","features":[{"name":"S3_DATA_EVENTS","status":"DISABLED"}]}`), "guardduty/UpdateDetector", `{"detectorId":"d","features":[{"name":"S3_DATA_EVENTS","status":"ENABLED"}]}`),
			ending(match("until it is undone", "guardduty/UpdateDetector", `{"detectorId":"d","enable":false}`), "guardduty/UpdateDetector", `{"detectorId":"d","enable":true}`),
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

// guardDutyOff tells of a detector that is off as of a state, and of parts of it as of deeds that last.
func guardDutyOff(in *detect.Input) *detect.Hit {
	name, detector := in.Record.EventName, param(in, "detectorId")
	p := in.Record.RequestParameters
	off, on := guardDutyParts(p)
	part := func(parts []string) []string { return prefixed("guardduty/"+detector+"/"+name+"/", parts) }
	switch name {
	case "UpdateDetector":
		enabled, said := p.Get("enable").Bool()
		switch {
		case said && !enabled:
			return episode("detector/"+detector, say(in, "disabled GuardDuty detector {}", detector))
		case len(off) > 0:
			return lasting(at(alert.Medium, say(in, "disabled GuardDuty feature {}", listed(off))), part(off)...)
		case len(on) > 0:
			return ended(in, part(on)...)
		case enabled:
			return over(in, "detector/"+detector, "enabled GuardDuty")
		}
		return nil
	case "UpdateMemberDetectors":
		if len(off) > 0 {
			return lasting(at(alert.Medium, say(in, "disabled GuardDuty feature {} for member accounts", listed(off))), part(off)...)
		}
		return ended(in, part(on)...)
	case "UpdateOrganizationConfiguration":
		enabled, said := p.Get("autoEnable").Bool()
		members := p.Get("autoEnableOrganizationMembers").Text()
		switch {
		case said && !enabled || members == "NONE":
			return lasting(at(alert.Medium, say(in, "turned off GuardDuty auto-enable for new accounts on detector {}", detector)), part([]string{"members"})...)
		case enabled || members != "":
			return ended(in, part([]string{"members"})...)
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

// guardDutyParts names the features and data sources that a call switches off, and those that it switches on.
func guardDutyParts(p cloudtrail.Value) (off, on []string) {
	for _, feature := range p.Get("features").List() {
		switch feature.Get("status").Text() {
		case "DISABLED":
			off = append(off, feature.Get("name").Text())
		case "ENABLED":
			on = append(on, feature.Get("name").Text())
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
		switch enabled, said := source.on.Bool(); {
		case said && enabled:
			on = append(on, source.name)
		case said:
			off = append(off, source.name)
		}
	}
	return off, on
}
