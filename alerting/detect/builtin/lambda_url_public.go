package builtin

import (
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
		Events:     []string{"lambda.amazonaws.com/CreateFunctionUrlConfig*", "lambda.amazonaws.com/UpdateFunctionUrlConfig*"},
		Match:      publicURL,
		Examples: []detect.Example{
			match("no authentication", "lambda/CreateFunctionUrlConfig", `{"functionName":"f","authType":"NONE"}`),
			miss("IAM", "lambda/CreateFunctionUrlConfig", `{"functionName":"f","authType":"AWS_IAM"}`),
		},
	}
}

func publicURL(in *detect.Input) *detect.Hit {
	if param(in, "authType") != "NONE" {
		return nil
	}
	return tried("created a function URL without authentication for Lambda function {}", "functionName")(in)
}
