package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func quotaRaised() *detect.Rule {
	return &detect.Rule{
		ID:         "quota-raised",
		Title:      "Higher quota asked for",
		Why:        "Before mining or mass mail, intruders ask for higher limits.",
		Do:         "Ask the actor; withdraw the request if nobody wanted it.",
		Severity:   alert.Low,
		Techniques: []string{"T1496"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("servicequotas", "RequestServiceQuotaIncrease"),
		Match:      unlessUsual(notByStack(done("asked for a higher quota of", "serviceCode"))),
		Examples: []detect.Example{
			match("asked", "servicequotas/RequestServiceQuotaIncrease", `{"serviceCode":"ec2"}`),
			miss("read", "servicequotas/ListServiceQuotas", ``),
		},
	}
}
