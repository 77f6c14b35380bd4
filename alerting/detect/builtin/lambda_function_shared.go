package builtin

import (
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
		Events:     []string{"lambda.amazonaws.com/AddPermission*", "lambda.amazonaws.com/AddLayerVersionPermission*"},
		Match:      shareFunction,
		Examples: []detect.Example{
			match("everyone", "lambda/AddPermission20150331v2", `{"functionName":"f","principal":"*"}`),
			match("an organization", "lambda/AddPermission20150331v2", `{"functionName":"f","principal":"*","principalOrgID":"o-a1b2c3d4e5"}`),
			miss("removed", "lambda/RemovePermission20150331v2", `{"functionName":"f"}`),
		},
	}
}

func shareFunction(in *detect.Input) *detect.Hit {
	grantee := param(in, "principal")
	account := principalAccount(exposure.Principal{ID: grantee})
	organization := param(in, "principalOrgID")
	switch {
	case grantee == "*" && organization != "":
		if organization == in.Settings.Own.OrganizationID {
			return nil
		}
		return at(alert.Medium, say(in, "let all of organization "+organization+" call the function", param(in, "functionName", "layerName")))
	case grantee == "*":
		return at(alert.High, say(in, "let everyone call the function", param(in, "functionName", "layerName")))
	case account != "" && !ownAccount(in, account):
		return at(alert.Medium, say(in, "let account "+account+" call the function", param(in, "functionName", "layerName")))
	}
	return unlessUsual(notByStack(done("let others call the function", "functionName", "layerName")))(in)
}
