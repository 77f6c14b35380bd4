package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func configRecorderStopped() *detect.Rule {
	return &detect.Rule{
		ID:         "config-recorder-stopped",
		Title:      "AWS Config recorder stopped",
		Why:        "AWS Config records how resources change; without its recorder nobody can tell later what was changed back.",
		Do:         "Start the recorder again.",
		Severity:   alert.High,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"CIS 4.9", "NIST CM-3"},
		Events:     events("config", "StopConfigurationRecorder", "StartConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
		Match:      configStopped,
		Examples: []detect.Example{
			match("stopped", "config/StopConfigurationRecorder", `{"configurationRecorderName":"default"}`),
			miss("unknown", "config/StopConfigurationRecorder", `{"configurationRecorderName":"x"}`, failed("NoSuchConfigurationRecorderException")),
		},
	}
}

func configStopped(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "StartConfigurationRecorder" {
		return over(in, "recorder", "started the AWS Config recorder")
	}
	return episode("recorder", say(in, "stopped or removed the AWS Config recorder", param(in, "configurationRecorderName", "deliveryChannelName")))
}
