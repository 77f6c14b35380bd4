package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func accountContactsChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "account-contacts-changed",
		Title:      "AWS account contact information changed",
		Why:        "AWS sends abuse and security notices to these contacts.",
		Do:         "Verify the contacts and restore the correct addresses.",
		Severity:   alert.Low,
		Techniques: []string{"T1098"},
		Controls:   []string{"CIS 1.2"},
		Events:     events("account", "PutAlternateContact", "DeleteAlternateContact", "PutContactInformation", "StartPrimaryEmailUpdate", "AcceptPrimaryEmailUpdate"),
		NoEnd:      "No record holds the former contacts, so none shows that they are back.",
		Match:      done("changed the contact information of the account"),
		Examples: []detect.Example{
			match("deleted", "account/DeleteAlternateContact", `{"alternateContactType":"SECURITY"}`),
			miss("read", "account/GetAlternateContact", ``),
		},
	}
}
