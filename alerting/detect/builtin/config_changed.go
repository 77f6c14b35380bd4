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
		Events:     events("config", "PutConfigurationRecorder", "PutDeliveryChannel", "DeleteConfigRule", "DeleteOrganizationConfigRule", "DeleteConformancePack", "DeleteRemediationConfiguration", "DeleteConfigurationAggregator", "DeleteAggregationAuthorization", "DeleteEvaluationResults", "PutRetentionConfiguration"),
		NoEnd:      unproven,
		Match:      done("changed AWS Config: {}", "configRuleName", "configurationRecorderName"),
		Examples: []detect.Example{
			match("rule deleted", "config/DeleteConfigRule", `{"configRuleName":"s3-public"}`),
			miss("no such channel", "config/PutDeliveryChannel", ``, failed("InvalidDeliveryChannelNameException")),
		},
	}
}
