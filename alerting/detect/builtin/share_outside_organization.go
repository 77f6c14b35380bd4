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
		Events:     events("ram", "CreateResourceShare", "UpdateResourceShare", "AssociateResourceShare", "EnableSharingWithAwsOrganization", "DisassociateResourceShare", "DeleteResourceShare"),
		Ends:       events("ram", "DisassociateResourceShare", "DeleteResourceShare"),
		Match:      shareOutside,
		Examples: []detect.Example{
			ending(match("until it is deleted", "ram/CreateResourceShare", `{"name":"s","allowExternalPrincipals":true,"principals":["999988887777"]}`, answering(`{"resourceShare":{"resourceShareArn":"arn:aws:ram:eu-west-1:111122223333:resource-share/s1"}}`)), "ram/DeleteResourceShare", `{"resourceShareArn":"arn:aws:ram:eu-west-1:111122223333:resource-share/s1"}`),
			ending(match("until the account is out", "ram/AssociateResourceShare", `{"resourceShareArn":"s1","principals":["999988887777"]}`), "ram/DisassociateResourceShare", `{"resourceShareArn":"s1","principals":["999988887777","444455556666"]}`),
			match("outsiders allowed", "ram/CreateResourceShare", `{"name":"s","allowExternalPrincipals":true,"principals":["999988887777"]}`),
			miss("own organization only", "ram/CreateResourceShare", `{"name":"s","allowExternalPrincipals":false}`),
		},
	}
}

func shareOutside(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	share := "share/" + in.Record.Region + "/" + strings.Join(named(in, "resourceShareArn|resourceShare.resourceShareArn"), "") + "/"
	switch in.Record.EventName {
	case "DeleteResourceShare":
		return ended(in, share)
	case "DisassociateResourceShare":
		return ended(in, prefixed(share, p.Get("principals").Texts())...)
	}
	if outside, said := p.Get("allowExternalPrincipals").Bool(); said && !outside || in.Record.EventName == "EnableSharingWithAwsOrganization" {
		return nil
	}
	var accounts, others, outside []string
	for _, principal := range p.Get("principals").Texts() {
		switch account := principalAccount(exposure.Principal{ID: principal}); {
		case strings.Contains(principal, ":organization/"), strings.Contains(principal, ":ou/"):
			if !ownOrganization(in, principal) && in.Settings.Own.OrganizationID != "" {
				outside, others = append(outside, principal), append(others, "organization "+principal[strings.LastIndexByte(principal, ':')+1:])
			}
		case len(account) == 12:
			accounts = append(accounts, account)
			if !ownAccount(in, account) {
				outside = append(outside, principal)
			}
		}
	}
	if external := externals(in, accounts); external != "" {
		others = append([]string{external}, others...)
	}
	if len(others) == 0 {
		return nil
	}
	return lasting(done("shared resources with "+listed(others)+" through AWS RAM share {}", "name", "resourceShareArn")(in), prefixed(share, outside)...)
}
