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
		Events:     events("securitylake", "DeleteDataLake", "DeleteDatalake", "DeleteAwsLogSource", "DeleteCustomLogSource", "DeregisterDataLakeDelegatedAdministrator", "DeleteSubscriber", "DeleteDataLakeOrganizationConfiguration", "CreateDataLake", "CreateDatalake", "CreateAwsLogSource", "CreateCustomLogSource", "RegisterDataLakeDelegatedAdministrator", "CreateDataLakeOrganizationConfiguration"),
		Ends:       events("securitylake", "CreateDataLake", "CreateDatalake", "CreateAwsLogSource", "CreateCustomLogSource", "RegisterDataLakeDelegatedAdministrator", "CreateDataLakeOrganizationConfiguration"),
		Match: undone(tried("disabled Security Lake, a log source or a subscriber"),
			undo{by: []string{"DeleteDataLake", "DeleteDatalake"}, over: []string{"CreateDataLake", "CreateDatalake"}},
			undo{by: []string{"DeleteAwsLogSource"}, over: []string{"CreateAwsLogSource"}, of: []string{"sources[].sourceName"}},
			undo{by: []string{"DeleteCustomLogSource"}, over: []string{"CreateCustomLogSource"}, of: []string{"sourceName"}},
			undo{by: []string{"DeregisterDataLakeDelegatedAdministrator"}, over: []string{"RegisterDataLakeDelegatedAdministrator"}},
			undo{by: []string{"DeleteDataLakeOrganizationConfiguration"}, over: []string{"CreateDataLakeOrganizationConfiguration"}},
		),
		Examples: []detect.Example{
			ending(match("until there is one again", "securitylake/DeleteDataLake", ``), "securitylake/CreateDataLake", ``),
			ending(match("until the source is back", "securitylake/DeleteAwsLogSource", `{"sources":[{"sourceName":"CLOUD_TRAIL_MGMT"}]}`), "securitylake/CreateAwsLogSource", `{"sources":[{"sourceName":"CLOUD_TRAIL_MGMT"}]}`),
			match("deleted", "securitylake/DeleteDataLake", ``),
			miss("listed", "securitylake/ListDataLakes", ``),
		},
	}
}
