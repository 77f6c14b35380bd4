package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func lambdaURLPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "lambda-url-public",
		Title:      "Lambda function URL without authentication",
		Why:        "Anyone on the internet can invoke the function.",
		Do:         "Set the URL's auth type to AWS_IAM or delete the URL.",
		Severity:   alert.Medium,
		Techniques: []string{"T1190", "T1546"},
		Controls:   []string{"NIST AC-3"},
		Events:     []string{"lambda.amazonaws.com/CreateFunctionUrlConfig*", "lambda.amazonaws.com/UpdateFunctionUrlConfig*", "lambda.amazonaws.com/DeleteFunctionUrlConfig*", "lambda.amazonaws.com/DeleteFunction2*", "lambda.amazonaws.com/DeleteFunction"},
		Ends:       []string{"lambda.amazonaws.com/UpdateFunctionUrlConfig*", "lambda.amazonaws.com/DeleteFunctionUrlConfig*", "lambda.amazonaws.com/DeleteFunction2*", "lambda.amazonaws.com/DeleteFunction"},
		Match:      publicURL,
		Examples: []detect.Example{
			ending(match("until it is undone", "lambda/CreateFunctionUrlConfig", `{"functionName":"f","authType":"NONE"}`), "lambda/UpdateFunctionUrlConfig", `{"functionName":"f","authType":"AWS_IAM"}`),
			ending(match("until it is undone", "lambda/CreateFunctionUrlConfig", `{"functionName":"f","authType":"NONE"}`), "lambda/DeleteFunctionUrlConfig", `{"functionName":"f"}`),
			match("no authentication", "lambda/CreateFunctionUrlConfig", `{"functionName":"f","authType":"NONE"}`),
			miss("IAM", "lambda/CreateFunctionUrlConfig", `{"functionName":"f","authType":"AWS_IAM"}`),
		},
	}
}

func publicURL(in *detect.Input) *detect.Hit {
	state := "url/" + lastPart(param(in, "functionName"))
	switch auth := param(in, "authType"); {
	case strings.HasPrefix(in.Record.EventName, "Delete"), auth == "AWS_IAM":
		return ended(in, state)
	case auth != "NONE":
		return nil
	}
	return lasting(tried("created a function URL without authentication for Lambda function {}", "functionName")(in), state)
}
