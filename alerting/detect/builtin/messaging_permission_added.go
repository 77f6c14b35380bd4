package builtin

import (
	"slices"
	"strings"

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
			events("sqs", "AddPermission", "RemovePermission", "DeleteQueue"),
			events("sns", "AddPermission", "RemovePermission", "DeleteTopic"),
			events("events", "PutPermission", "RemovePermission", "DeleteEventBus"),
		),
		Ends: slices.Concat(
			events("sqs", "RemovePermission", "DeleteQueue"),
			events("sns", "RemovePermission", "DeleteTopic"),
			events("events", "RemovePermission", "DeleteEventBus"),
		),
		Match: addMessaging,
		Examples: []detect.Example{
			ending(match("until it is undone", "sqs/AddPermission", `{"queueUrl":"https://q/1/q","label":"l","aWSAccountIds":["999988887777"]}`), "sqs/RemovePermission", `{"queueUrl":"https://q/1/q","label":"l"}`),
			ending(match("until it is undone", "events/PutPermission", `{"principal":"*","action":"events:PutEvents","statementId":"s"}`), "events/RemovePermission", `{"statementId":"s"}`),
			match("everyone", "events/PutPermission", `{"principal":"*","action":"events:PutEvents","statementId":"s"}`),
			match("foreign account", "sqs/AddPermission", `{"queueUrl":"q","aWSAccountIds":["999988887777"]}`),
			miss("own account", "sqs/AddPermission", `{"queueUrl":"q","aWSAccountIds":["111122223333"]}`),
		},
	}
}

func addMessaging(in *detect.Input) *detect.Hit {
	target := lastPart(param(in, "queueUrl", "topicArn", "eventBusName", "name"))
	state := "permission/" + in.Record.EventSource + "/" + target + "/"
	switch name := in.Record.EventName; {
	case strings.HasPrefix(name, "Delete"), name == "RemovePermission" && param(in, "removeAllPermissions") == "true":
		return ended(in, state)
	case name == "RemovePermission":
		return ended(in, state+param(in, "label", "statementId"))
	}
	return lasting(permit(in), state+param(in, "label", "statementId"))
}

// permit is the verdict on a permission that is added.
func permit(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	if doc := policyAt(in, "policy"); len(doc) > 0 {
		return sharing(in, opening(in, doc), "event bus", param(in, "eventBusName"))
	}
	if p.Get("condition", "key").Text() == "aws:PrincipalOrgID" {
		if organization := p.Get("condition", "value").Text(); organization == "" || organization == in.Settings.Own.OrganizationID {
			return nil
		}
	}
	names := append(p.Get("aWSAccountIds").Texts(), p.Get("aWSAccountId").Texts()...)
	names = append(names, p.Get("principal").Texts()...)
	public := slices.Contains(names, "*")
	who := externals(in, slices.DeleteFunc(names, func(name string) bool { return name == "*" }))
	if public && p.Get("condition", "key").Text() == "aws:PrincipalOrgID" {
		public, who = false, "organization "+p.Get("condition", "value").Text()
	}
	if public {
		who = strings.TrimSuffix("everyone and "+who, " and ")
	}
	if who == "" {
		return nil
	}
	kind := map[string]string{"sqs": "SQS queue", "sns": "SNS topic"}[strings.TrimSuffix(in.Record.EventSource, ".amazonaws.com")]
	if kind == "" {
		kind = "event bus"
	}
	return say(in, "granted "+who+" access to "+kind+" {}", param(in, "queueUrl", "topicArn", "eventBusName"))
}
