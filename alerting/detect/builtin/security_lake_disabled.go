package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func securityLakeDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "security-lake-disabled",
		Title:      "Security Lake disabled or log source removed",
		Why:        "Security logs are no longer collected centrally.",
		Do:         "Create the data lake or log source again.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-9"},
		Events:     events("securitylake", "DeleteDataLake", "DeleteDatalake", "DeleteAwsLogSource", "DeleteCustomLogSource", "DeregisterDataLakeDelegatedAdministrator", "DeleteSubscriber", "DeleteDataLakeOrganizationConfiguration"),
		NoEnd:      unproven,
		Match:      tried("disabled Security Lake, a log source or a subscriber"),
		Examples: []detect.Example{
			match("deleted", "securitylake/DeleteDataLake", ``),
			miss("listed", "securitylake/ListDataLakes", ``),
		},
	}
}
