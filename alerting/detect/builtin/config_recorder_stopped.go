package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func configRecorderStopped() *detect.Rule {
	return &detect.Rule{
		ID:         "config-recorder-stopped",
		Title:      "AWS Config recorder stopped or deleted",
		Why:        "AWS Config no longer records resource configuration, so changes cannot be reconstructed later.",
		Do:         "Start the configuration recorder again.",
		Severity:   alert.High,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"CIS 4.9", "NIST CM-3"},
		Events:     events("config", "StopConfigurationRecorder", "StartConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
		Ends:       events("config", "StartConfigurationRecorder"),
		Match:      configStopped,
		Examples: []detect.Example{
			ending(match("until it is undone", "config/StopConfigurationRecorder", `{"configurationRecorderName":"default"}`), "config/StartConfigurationRecorder", `{"configurationRecorderName":"default"}`),
			match("stopped", "config/StopConfigurationRecorder", `{"configurationRecorderName":"default"}`),
			miss("unknown", "config/StopConfigurationRecorder", `{"configurationRecorderName":"x"}`, failed("NoSuchConfigurationRecorderException")),
		},
	}
}

func configStopped(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "StartConfigurationRecorder" {
		return over(in, "recorder", "started the AWS Config recorder")
	}
	return episode("recorder", say(in, "stopped or deleted AWS Config recorder {}", param(in, "configurationRecorderName", "deliveryChannelName")))
}
