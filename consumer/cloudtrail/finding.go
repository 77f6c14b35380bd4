package cloudtrail

import "strings"

// Finding names the service whose finding an EventBridge event is, by the event's source and detail-type. ok is false
// for other events, and for what CloudTrail recorded of calls to such a service.
func Finding(source, detailType string) (name string, ok bool) {
	if strings.HasSuffix(detailType, " via CloudTrail") {
		return "", false
	}
	switch detailType {
	case "GuardDuty Finding":
		return "GuardDuty finding", true
	case "Macie Finding":
		return "Macie finding", true
	case "Access Analyzer Finding":
		return "Access Analyzer finding", true
	case "Findings Imported V2", "Security Hub Findings - Imported":
		return "Security Hub finding", true
	}
	switch source {
	case "aws.guardduty":
		return "GuardDuty finding", true
	case "aws.macie", "aws.macie2":
		return "Macie finding", true
	case "aws.access-analyzer":
		return "Access Analyzer finding", true
	case "aws.securityhub":
		return "Security Hub finding", true
	default:
		return "", false
	}
}
