package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func accountContactsChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "account-contacts-changed",
		Title:      "Account contacts changed",
		Why:        "AWS writes to these contacts about abuse and security; a changed address keeps its owner uninformed.",
		Do:         "Check the contacts and put back the right ones.",
		Severity:   alert.Low,
		Techniques: []string{"T1098"},
		Controls:   []string{"CIS 1.2"},
		Events:     events("account", "PutAlternateContact", "DeleteAlternateContact", "PutContactInformation", "StartPrimaryEmailUpdate", "AcceptPrimaryEmailUpdate"),
		Match:      done("changed the account's contacts"),
		Examples: []detect.Example{
			match("deleted", "account/DeleteAlternateContact", `{"alternateContactType":"SECURITY"}`),
			miss("read", "account/GetAlternateContact", ``),
		},
	}
}
