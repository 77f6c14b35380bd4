package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cloudwatchAlarmRemoved() *detect.Rule {
	return &detect.Rule{
		ID:         "cloudwatch-alarm-removed",
		Title:      "CloudWatch alarm deleted or actions disabled",
		Why:        "The team behind the alarm is no longer notified.",
		Do:         "Recreate the alarms or enable their actions, and check what the actor did just before.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.001"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("monitoring", "DeleteAlarms", "DisableAlarmActions", "PutMetricAlarm", "PutCompositeAlarm", "EnableAlarmActions"),
		Ends:       events("monitoring", "PutMetricAlarm", "PutCompositeAlarm", "EnableAlarmActions"),
		Match: undone(notByStack(done("deleted or disabled CloudWatch alarms {}", "alarmNames")),
			undo{by: []string{"DeleteAlarms"}, over: []string{"PutMetricAlarm", "PutCompositeAlarm"}, of: []string{"alarmNames|alarmName"}},
			undo{by: []string{"DisableAlarmActions"}, over: []string{"EnableAlarmActions"}, of: []string{"alarmNames"}},
		),
		Examples: []detect.Example{
			ending(match("until the actions are enabled", "monitoring/DisableAlarmActions", `{"alarmNames":["root-login"]}`), "monitoring/EnableAlarmActions", `{"alarmNames":["root-login","cpu"]}`),
			ending(match("until the alarm is back", "monitoring/DeleteAlarms", `{"alarmNames":["root-login"]}`), "monitoring/PutMetricAlarm", `{"alarmName":"root-login"}`),
			match("deleted", "monitoring/DeleteAlarms", `{"alarmNames":["root-login"]}`),
			miss("by a stack", "monitoring/DeleteAlarms", `{"alarmNames":["cpu"]}`, byTool("cloudformation.amazonaws.com")),
		},
	}
}
