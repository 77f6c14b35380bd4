package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func sesUsed() *detect.Rule {
	return &detect.Rule{
		ID:         "ses-used",
		Title:      "SES identity added or email sent by an unusual actor",
		Why:        "Holders of stolen keys add sender identities and send phishing through SES. The actor is not known to use SES.",
		Do:         "Ask the actor. If nobody planned it, remove the identity, pause sending and deactivate the access key.",
		Severity:   alert.Low,
		Techniques: []string{"T1566", "T1098"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("ses", "VerifyEmailIdentity", "VerifyDomainIdentity", "CreateEmailIdentity", "SendEmail", "SendRawEmail", "SendBulkEmail", "SendBulkTemplatedEmail"),
		NoEnd:      misused,
		Match:      unlessUsual(notByStack(useSES)),
		Examples: []detect.Example{
			match("identity", "ses/CreateEmailIdentity", `{"emailIdentity":"example.org"}`),
			match("email sent by a user", "ses/SendEmail", `{"fromEmailAddress":"it@example.org"}`),
			miss("a workload sends", "ses/SendEmail", `{"fromEmailAddress":"it@example.org"}`, byRole("mailer", "i-0abcdef1234567890")),
			miss("read", "ses/ListIdentities", ``),
		},
	}
}

// useSES passes over emails that workloads send: that is what they are for.
func useSES(in *detect.Input) *detect.Hit {
	if !strings.HasPrefix(in.Record.EventName, "Send") {
		return tried("added SES identity {}", "emailIdentity", "emailAddress", "domain")(in)
	}
	if !byPerson(in.Record) {
		return nil
	}
	return tried("sent email through SES (" + in.Record.EventName + ")")(in)
}
