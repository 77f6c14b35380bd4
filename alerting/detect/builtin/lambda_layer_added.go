package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func lambdaLayerAdded() *detect.Rule {
	return &detect.Rule{
		ID:         "lambda-layer-added",
		Title:      "Layer or extension added to a function",
		Why:        "A layer runs inside the function, with its role and its data, and is seldom looked at.",
		Do:         "Check where the layer comes from; remove it if nobody knows.",
		Severity:   alert.Low,
		Techniques: []string{"T1525", "T1546"},
		Controls:   []string{"NIST CM-5"},
		Events:     []string{"lambda.amazonaws.com/UpdateFunctionConfiguration*"},
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
	return unlessUsual(notByStack(tried("set layers of the function", "functionName")))(in)
}
