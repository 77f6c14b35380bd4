package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func shareOutsideOrganization() *detect.Rule {
	return &detect.Rule{
		ID:         "share-outside-organization",
		Title:      "Resource shared outside the organization",
		Why:        "AWS RAM gives external accounts access to subnets, images and other resources.",
		Do:         "Remove the resource share unless it was approved.",
		Severity:   alert.Low,
		Techniques: []string{"T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ram", "CreateResourceShare", "UpdateResourceShare", "AssociateResourceShare", "EnableSharingWithAwsOrganization"),
		Match:      shareOutside,
		Examples: []detect.Example{
			match("outsiders allowed", "ram/CreateResourceShare", `{"name":"s","allowExternalPrincipals":true,"principals":["999988887777"]}`),
			miss("own organization only", "ram/CreateResourceShare", `{"name":"s","allowExternalPrincipals":false}`),
		},
	}
}

func shareOutside(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	if outside, said := p.Get("allowExternalPrincipals").Bool(); said && !outside || in.Record.EventName == "EnableSharingWithAwsOrganization" {
		return nil
	}
	for _, account := range p.Get("principals").Texts() {
		if len(account) == 12 && !ownAccount(in, account) {
			return done("shared resources with account "+account+" through", "name", "resourceShareArn")(in)
		}
	}
	return nil
}
