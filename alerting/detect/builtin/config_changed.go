package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func configChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "config-changed",
		Title:      "AWS Config settings changed",
		Why:        "The recorder scope, delivery channel and rules decide which changes are recorded and checked.",
		Do:         "Compare recorder, delivery channel and rules with the expected configuration.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"CIS 4.9", "NIST CM-3"},
		Events:     events("config", "PutConfigurationRecorder", "PutDeliveryChannel", "DeleteConfigRule", "DeleteOrganizationConfigRule", "DeleteConformancePack", "DeleteRemediationConfiguration", "DeleteConfigurationAggregator", "DeleteAggregationAuthorization", "DeleteEvaluationResults", "PutRetentionConfiguration", "PutConfigRule", "PutOrganizationConfigRule", "PutConformancePack", "PutConfigurationAggregator", "PutAggregationAuthorization"),
		Ends:       events("config", "PutConfigRule", "PutOrganizationConfigRule", "PutConformancePack", "PutConfigurationAggregator", "PutAggregationAuthorization"),
		Match: undone(done("changed AWS Config: {}", "configRuleName", "configurationRecorderName"),
			undo{by: []string{"DeleteConfigRule"}, over: []string{"PutConfigRule"}, of: []string{"configRuleName|configRule.configRuleName"}},
			undo{by: []string{"DeleteOrganizationConfigRule"}, over: []string{"PutOrganizationConfigRule"}, of: []string{"organizationConfigRuleName"}},
			undo{by: []string{"DeleteConformancePack"}, over: []string{"PutConformancePack"}, of: []string{"conformancePackName"}},
			undo{by: []string{"DeleteConfigurationAggregator"}, over: []string{"PutConfigurationAggregator"}, of: []string{"configurationAggregatorName"}},
			undo{by: []string{"DeleteAggregationAuthorization"}, over: []string{"PutAggregationAuthorization"}, of: []string{"authorizedAccountId", "authorizedAwsRegion"}},
		),
		Examples: []detect.Example{
			ending(match("until the rule is back", "config/DeleteConfigRule", `{"configRuleName":"s3-public"}`), "config/PutConfigRule", `{"configRule":{"configRuleName":"s3-public"}}`),
			match("rule deleted", "config/DeleteConfigRule", `{"configRuleName":"s3-public"}`),
			miss("no such channel", "config/PutDeliveryChannel", ``, failed("InvalidDeliveryChannelNameException")),
		},
	}
}
