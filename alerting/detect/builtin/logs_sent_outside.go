package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func logsSentOutside() *detect.Rule {
	return &detect.Rule{
		ID:         "logs-sent-outside",
		Title:      "CloudWatch Logs delivered to an external account",
		Why:        "A subscription filter sends every new log event to a destination outside your accounts until it is removed.",
		Do:         "Delete the subscription filter or account policy unless the destination is yours. Assume the logs since then are known outside.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537", "T1567"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("logs", "PutSubscriptionFilter", "PutAccountPolicy", "DeleteSubscriptionFilter", "DeleteAccountPolicy"),
		Ends:       events("logs", "PutSubscriptionFilter", "PutAccountPolicy", "DeleteSubscriptionFilter", "DeleteAccountPolicy"),
		Match: undone(logsOutside,
			undo{by: []string{"PutSubscriptionFilter"}, over: []string{"PutSubscriptionFilter", "DeleteSubscriptionFilter"}, of: []string{"logGroupName", "filterName"}},
			undo{by: []string{"PutAccountPolicy"}, over: []string{"PutAccountPolicy", "DeleteAccountPolicy"}, of: []string{"policyType", "policyName"}},
		),
		Examples: []detect.Example{
			ending(match("until it is deleted", "logs/PutSubscriptionFilter", `{"logGroupName":"app","filterName":"f","destinationArn":"arn:aws:logs:eu-west-1:999988887777:destination:d"}`), "logs/DeleteSubscriptionFilter", `{"logGroupName":"app","filterName":"f"}`),
			ending(match("until it stays within the account", "logs/PutSubscriptionFilter", `{"logGroupName":"app","filterName":"f","destinationArn":"arn:aws:logs:eu-west-1:999988887777:destination:d"}`), "logs/PutSubscriptionFilter", `{"logGroupName":"app","filterName":"f","destinationArn":"arn:aws:lambda:eu-west-1:111122223333:function:f"}`),
			match("to another account", "logs/PutSubscriptionFilter", `{"logGroupName":"app","filterName":"f","destinationArn":"arn:aws:logs:eu-west-1:999988887777:destination:d"}`),
			match("of all groups", "logs/PutAccountPolicy", `{"policyName":"p","policyType":"SUBSCRIPTION_FILTER_POLICY","policyDocument":"{\"DestinationArn\":\"arn:aws:logs:eu-west-1:999988887777:destination:d\"}"}`),
			miss("within the account", "logs/PutSubscriptionFilter", `{"logGroupName":"app","filterName":"f","destinationArn":"arn:aws:lambda:eu-west-1:111122223333:function:f"}`),
			trusting(miss("known account", "logs/PutSubscriptionFilter", `{"logGroupName":"app","destinationArn":"arn:aws:logs:eu-west-1:999988887777:destination:d"}`), "999988887777"),
		},
	}
}

func logsOutside(in *detect.Input) *detect.Hit {
	target := param(in, "destinationArn")
	if doc := policyAt(in, "policyDocument"); target == "" && len(doc) > 0 {
		if v, err := cloudtrail.ParseValue(doc); err == nil {
			target = v.Get("DestinationArn").Text()
		}
	}
	parts := strings.SplitN(target, ":", 6) // arn:partition:service:region:account:resource
	if len(parts) < 6 {
		return nil
	}
	whose := externals(in, parts[4:5])
	if whose == "" {
		return nil
	}
	group := param(in, "logGroupName")
	if group == "" {
		return tried("delivered the CloudWatch Logs of the account to " + whose + " (PutAccountPolicy)")(in)
	}
	return say(in, "delivered CloudWatch log group {} to "+whose, group)
}
