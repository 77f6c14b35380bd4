package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func consoleLoginNoMfa() *detect.Rule {
	return &detect.Rule{
		ID:         "console-login-no-mfa",
		Title:      "Console sign-in without MFA",
		Why:        "A stolen or guessed password is enough to sign in as this user.",
		Do:         "Confirm the sign-in with the user and require MFA.",
		Severity:   alert.Medium,
		Techniques: []string{"T1078.004"},
		Controls:   []string{"CIS 4.2", "NIST IA-2"},
		Events:     events("signin", "ConsoleLogin"),
		NoEnd:      anAct,
		Match:      loginWithoutMFA,
		Examples: []detect.Example{
			match("IAM user", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`), with("additionalEventData", `{"MFAUsed":"No"}`)),
			miss("with MFA", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`), with("additionalEventData", `{"MFAUsed":"Yes"}`)),
			miss("federated", "signin/ConsoleLogin", ``, byRole("AWSReservedSSO_Admin_1", "ann@example.com"), answering(`{"ConsoleLogin":"Success"}`), with("additionalEventData", `{"MFAUsed":"No"}`)),
		},
	}
}

func loginWithoutMFA(in *detect.Input) *detect.Hit {
	rec := in.Record
	if !consoleUser(rec) || rec.AdditionalEventData.Get("MFAUsed").Text() == "Yes" || rec.UserIdentity.MFA {
		return nil
	}
	return &detect.Hit{Detail: who(rec) + " signed in to the console without MFA."}
}

// consoleUser reports whether a user with a password of its own signed in: federation has its MFA elsewhere.
func consoleUser(rec *cloudtrail.Record) bool {
	kind := rec.UserIdentity.Type
	return rec.ResponseElements.Get("ConsoleLogin").Text() == "Success" && (kind == "IAMUser" || kind == "Root") &&
		!rec.AdditionalEventData.Get("SamlProviderArn").Exists()
}
