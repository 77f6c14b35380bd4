package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func consoleLoginFailed() *detect.Rule {
	return &detect.Rule{
		ID:         "console-login-failed",
		Title:      "Console sign-in failed",
		Why:        "Repeated failures are password guessing. A failure at MFA means the password was correct.",
		Do:         "Ask the user. If MFA failed and it was not the user, change the password.",
		Severity:   alert.Low,
		Techniques: []string{"T1110", "T1078.004"},
		Controls:   []string{"CIS 4.6", "NIST AC-7"},
		Events:     events("signin", "ConsoleLogin"),
		NoEnd:      anAct,
		Match:      failedLogin,
		Examples: []detect.Example{
			match("wrong password", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`)),
			match("right password, wrong MFA", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`), with("additionalEventData", `{"MFAUsed":"Yes"}`)),
			miss("success", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`)),
		},
	}
}

func failedLogin(in *detect.Input) *detect.Hit {
	rec := in.Record
	if rec.UserIdentity.Type == "Root" || rec.ResponseElements.Get("ConsoleLogin").Text() != "Failure" {
		return nil
	}
	hit := &detect.Hit{Attempt: true, Exact: true, Severity: alert.Low, Detail: "Console sign-in as " + loginName(rec) + " failed."}
	if rec.AdditionalEventData.Get("MFAUsed").Text() == "Yes" {
		hit.Severity, hit.Detail = alert.Medium, "Console sign-in as "+loginName(rec)+" failed at MFA: the password was correct."
	}
	return hit
}

// loginName is who in the middle of a sentence.
func loginName(rec *cloudtrail.Record) string {
	name := who(rec)
	if name == unknownPrincipal {
		return strings.ToLower(name)
	}
	return name
}
