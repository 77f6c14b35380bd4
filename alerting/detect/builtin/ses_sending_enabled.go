package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func sesSendingEnabled() *detect.Rule {
	return &detect.Rule{
		ID:         "ses-sending-enabled",
		Title:      "SES email sending enabled or production access asked for",
		Why:        "Holders of stolen keys enable SES to send phishing from the company's domains.",
		Do:         "Ask the actor. If nobody planned it, pause sending in SES, deactivate the access key and check which identities were verified.",
		Severity:   alert.Medium,
		Techniques: []string{"T1566", "T1098"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("ses", "UpdateAccountSendingEnabled", "PutAccountSendingAttributes", "PutAccountDetails"),
		NoEnd:      misused,
		Match:      unlessUsual(notByStack(enableSending)),
		Examples: []detect.Example{
			match("sending on", "ses/UpdateAccountSendingEnabled", `{"enabled":true}`),
			match("sending on, later API", "ses/PutAccountSendingAttributes", `{"sendingEnabled":true}`),
			match("out of the sandbox", "ses/PutAccountDetails", `{"productionAccessEnabled":true,"mailType":"MARKETING"}`),
			miss("sending off", "ses/UpdateAccountSendingEnabled", `{"enabled":false}`),
			miss("contact details", "ses/PutAccountDetails", `{"websiteURL":"https://example.org"}`),
		},
	}
}

func enableSending(in *detect.Input) *detect.Hit {
	given := func(names ...string) bool {
		for _, name := range names {
			if on, _ := in.Record.RequestParameters.Get(name).Bool(); on {
				return true
			}
		}
		return false
	}
	switch {
	case given("productionAccessEnabled", "ProductionAccessEnabled"):
		return tried("asked to send SES email outside the sandbox (production access)")(in)
	case given("enabled", "Enabled", "sendingEnabled", "SendingEnabled"):
		return tried("enabled SES email sending for the account")(in)
	}
	return nil
}
