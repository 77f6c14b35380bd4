package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func quotaRaised() *detect.Rule {
	return &detect.Rule{
		ID:         "quota-raised",
		Title:      "Service quota increase requested",
		Why:        "Attackers request higher quotas before cryptocurrency mining or mass mailing.",
		Do:         "Ask the actor. Cancel the request if nobody needs it.",
		Severity:   alert.Low,
		Techniques: []string{"T1496"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("servicequotas", "RequestServiceQuotaIncrease"),
		NoEnd:      anAct,
		Match:      unlessUsual(notByStack(done("requested a quota increase for {}", "serviceCode"))),
		Examples: []detect.Example{
			match("asked", "servicequotas/RequestServiceQuotaIncrease", `{"serviceCode":"ec2"}`),
			miss("read", "servicequotas/ListServiceQuotas", ``),
		},
	}
}
