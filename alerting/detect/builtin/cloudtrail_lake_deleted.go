package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudtrailLakeDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudtrail-lake-deleted",
		Title:      "CloudTrail Lake event data store deleted or stopped",
		Why:        "Past or new events can no longer be queried in CloudTrail Lake.",
		Do:         "Restore the event data store within its seven-day waiting period, or start ingestion again.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"CIS 4.5", "NIST AU-9"},
		Events:     events("cloudtrail", "DeleteEventDataStore", "StopEventDataStoreIngestion", "DeregisterOrganizationDelegatedAdmin"),
		NoEnd:      goneForAll,
		Match:      tried("deleted or stopped CloudTrail Lake event data store {}", "eventDataStore", "delegatedAdminAccountId"),
		Examples: []detect.Example{
			match("deleted", "cloudtrail/DeleteEventDataStore", `{"eventDataStore":"arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1"}`),
			miss("started", "cloudtrail/StartEventDataStoreIngestion", `{"eventDataStore":"1"}`),
		},
	}
}
