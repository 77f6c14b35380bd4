package builtin

import (
	"cmp"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func lambdaFunctionShared() *detect.Rule {
	return &detect.Rule{
		ID:         "lambda-function-shared",
		Title:      "Lambda permission added for another principal",
		Why:        "The permission lets another service, account or everyone invoke the function.",
		Do:         "Review the permission and remove it unless it is needed.",
		Severity:   alert.Low,
		Techniques: []string{"T1546", "T1098"},
		Controls:   []string{"NIST AC-3"},
		Events:     []string{"lambda.amazonaws.com/AddPermission*", "lambda.amazonaws.com/AddLayerVersionPermission*", "lambda.amazonaws.com/RemovePermission*", "lambda.amazonaws.com/RemoveLayerVersionPermission*"},
		Ends:       []string{"lambda.amazonaws.com/RemovePermission*", "lambda.amazonaws.com/RemoveLayerVersionPermission*"},
		Match:      shareFunction,
		Examples: []detect.Example{
			ending(match("until it is undone", "lambda/AddPermission20150331v2", `{"functionName":"f","statementId":"s","principal":"*","action":"lambda:InvokeFunction"}`), "lambda/RemovePermission20150331v2", `{"functionName":"f","statementId":"s"}`),
			match("everyone", "lambda/AddPermission20150331v2", `{"functionName":"f","principal":"*"}`),
			match("an organization", "lambda/AddPermission20150331v2", `{"functionName":"f","principal":"*","principalOrgID":"o-a1b2c3d4e5"}`),
			miss("removed", "lambda/RemovePermission20150331v2", `{"functionName":"f"}`),
		},
	}
}

func shareFunction(in *detect.Input) *detect.Hit {
	state := "permission/" + lastPart(param(in, "functionName", "layerName")) + "/" + param(in, "statementId")
	if strings.HasPrefix(in.Record.EventName, "Remove") {
		return ended(in, state)
	}
	return lasting(invitation(in), state)
}

// invitation is the verdict on a permission that is added.
func invitation(in *detect.Input) *detect.Hit {
	grantee, organization := param(in, "principal"), param(in, "principalOrgID", "organizationId")
	account := principalAccount(exposure.Principal{ID: grantee})
	kind, name, action := "Lambda function", param(in, "functionName"), "invoke"
	if layer := param(in, "layerName"); layer != "" {
		kind, name, action = "Lambda layer", layer, "use"
	}
	source, arn := param(in, "sourceAccount"), param(in, "sourceArn")
	if parts := strings.Split(arn, ":"); source == "" && len(parts) > 4 {
		source = parts[4]
	}
	who, severity := "", alert.Medium
	switch {
	case organization != "" && organization == in.Settings.Own.OrganizationID:
		return nil
	case grantee == "*" && organization != "":
		who = "organization " + organization
	case len(source) == 12 && !ownAccount(in, source):
		who = strings.TrimPrefix(grantee+" acting for external account "+source, "* acting for ")
	case grantee == "*" && source == "":
		who, severity = "everyone", alert.High
	case len(account) == 12 && !ownAccount(in, account):
		who = "external account " + account
	}
	if who != "" {
		what := "allowed " + who + " to " + action + " " + kind + " {}"
		return at(severity, say(in, what, name))
	}
	return unlessUsual(notByStack(done("added a permission for "+cmp.Or(grantee, "an unnamed principal")+" to "+kind+" {}", "functionName", "layerName")))(in)
}
