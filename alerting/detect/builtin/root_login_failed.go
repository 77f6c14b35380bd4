package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rootLoginFailed() *detect.Rule {
	return &detect.Rule{
		ID:         "root-login-failed",
		Title:      "Root user console sign-in failed",
		Why:        "Someone may be guessing the root password, or the owner mistyped it.",
		Do:         "Ask the account owner. Make sure the root user has MFA and a unique password.",
		Severity:   alert.Medium,
		Techniques: []string{"T1110", "T1078.004"},
		Controls:   []string{"CIS 4.6", "NIST AC-7"},
		Events:     events("signin", "ConsoleLogin"),
		NoEnd:      anAct,
		Match:      failedRootLogin,
		Examples: []detect.Example{
			match("wrong password", "signin/ConsoleLogin", ``, byRoot(), answering(`{"ConsoleLogin":"Failure"}`)),
			miss("a user's", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`)),
		},
	}
}

func failedRootLogin(in *detect.Input) *detect.Hit {
	if in.Record.UserIdentity.Type != "Root" || in.Record.ResponseElements.Get("ConsoleLogin").Text() != "Failure" {
		return nil
	}
	return &detect.Hit{Attempt: true, Severity: alert.Medium, Exact: true, Detail: "Console sign-in as the root user failed."}
}
