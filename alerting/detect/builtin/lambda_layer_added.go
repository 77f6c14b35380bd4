package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func lambdaLayerAdded() *detect.Rule {
	return &detect.Rule{
		ID:         "lambda-layer-added",
		Title:      "Lambda layer or extension added",
		Why:        "Code in a layer runs with the function's role and data and is rarely reviewed.",
		Do:         "Check the layer's source account and remove it if nobody can explain it.",
		Severity:   alert.Low,
		Techniques: []string{"T1525", "T1546"},
		Controls:   []string{"NIST CM-5"},
		Events:     []string{"lambda.amazonaws.com/UpdateFunctionConfiguration*"},
		NoEnd:      misused,
		Match:      addLayer,
		Examples: []detect.Example{
			match("added", "lambda/UpdateFunctionConfiguration20150331v2", `{"functionName":"f","layers":["arn:aws:lambda:eu-west-1:999988887777:layer:x:1"]}`),
			miss("memory", "lambda/UpdateFunctionConfiguration20150331v2", `{"functionName":"f","memorySize":256}`),
		},
	}
}

func addLayer(in *detect.Input) *detect.Hit {
	p, r := in.Record.RequestParameters, in.Record.ResponseElements
	if len(p.Get("layers").List()) == 0 && (!byPerson(in.Record) || len(r.Get("layers").List()) == 0) {
		return nil
	}
	return unlessUsual(notByStack(tried("set the layers of Lambda function {}", "functionName")))(in)
}
