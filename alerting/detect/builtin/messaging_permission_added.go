package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func messagingPermissionAdded() *detect.Rule {
	return &detect.Rule{
		ID:         "messaging-permission-added",
		Title:      "Queue, topic or event bus opened to an external account",
		Why:        "An external account, or everyone, can read messages, subscribe or send events.",
		Do:         "Remove the permission unless it was approved.",
		Severity:   alert.Medium,
		Techniques: []string{"T1098", "T1537"},
		Controls:   []string{"NIST AC-3"},
		Events: slices.Concat(
			events("sqs", "AddPermission"),
			events("sns", "AddPermission"),
			events("events", "PutPermission"),
		),
		Match: addMessaging,
		Examples: []detect.Example{
			match("everyone", "events/PutPermission", `{"principal":"*","action":"events:PutEvents","statementId":"s"}`),
			match("foreign account", "sqs/AddPermission", `{"queueUrl":"q","aWSAccountIds":["999988887777"]}`),
			miss("own account", "sqs/AddPermission", `{"queueUrl":"q","aWSAccountIds":["111122223333"]}`),
		},
	}
}

func addMessaging(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	if p.Get("condition", "key").Text() == "aws:PrincipalOrgID" {
		return nil
	}
	accounts := append(p.Get("aWSAccountIds").Texts(), p.Get("aWSAccountId").Texts()...)
	for _, account := range append(accounts, p.Get("principal").Texts()...) {
		if !ownAccount(in, account) {
			return say(in, "let "+account+" use", param(in, "queueUrl", "topicArn", "eventBusName"))
		}
	}
	return nil
}
