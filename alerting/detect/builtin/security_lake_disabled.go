package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func securityLakeDisabled() *detect.Rule {
	return &detect.Rule{
		ID:         "security-lake-disabled",
		Title:      "Security Lake weakened",
		Why:        "Security Lake collects the organization's security logs; without its sources, history ends.",
		Do:         "Create the data lake or log source again.",
		Severity:   alert.High,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-9"},
		Events:     events("securitylake", "DeleteDataLake", "DeleteDatalake", "DeleteAwsLogSource", "DeleteCustomLogSource", "DeregisterDataLakeDelegatedAdministrator", "DeleteSubscriber", "DeleteDataLakeOrganizationConfiguration"),
		Match:      tried("weakened Security Lake"),
		Examples: []detect.Example{
			match("deleted", "securitylake/DeleteDataLake", ``),
			miss("listed", "securitylake/ListDataLakes", ``),
		},
	}
}
