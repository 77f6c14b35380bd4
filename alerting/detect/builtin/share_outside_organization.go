package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
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
		NoEnd:      unproven,
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
	var accounts, others []string
	for _, principal := range p.Get("principals").Texts() {
		switch account := principalAccount(exposure.Principal{ID: principal}); {
		case strings.Contains(principal, ":organization/"), strings.Contains(principal, ":ou/"):
			if !ownOrganization(in, principal) && in.Settings.Own.OrganizationID != "" {
				others = append(others, "organization "+principal[strings.LastIndexByte(principal, ':')+1:])
			}
		case len(account) == 12:
			accounts = append(accounts, account)
		}
	}
	if external := externals(in, accounts); external != "" {
		others = append([]string{external}, others...)
	}
	if len(others) == 0 {
		return nil
	}
	return done("shared resources with "+listed(others)+" through AWS RAM share {}", "name", "resourceShareArn")(in)
}
