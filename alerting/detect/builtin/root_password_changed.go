package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rootPasswordChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "root-password-changed",
		Title:      "Root user password or email changed, or reset requested",
		Why:        "Anyone who controls the root password or email address controls the account.",
		Do:         "Contact the account owner now, by phone or chat rather than by email.",
		Severity:   alert.High,
		Techniques: []string{"T1098"},
		Controls:   []string{"CIS 4.3", "NIST IA-5"},
		Events:     events("signin", "PasswordUpdated", "PasswordRecoveryRequested", "PasswordRecoveryCompleted", "EmailUpdated"),
		NoEnd:      anAct,
		Match:      rootPassword,
		Examples: []detect.Example{
			match("changed", "signin/PasswordUpdated", ``, byRoot(), answering(`{"PasswordUpdated":"Success"}`)),
			match("recovery asked for", "signin/PasswordRecoveryRequested", ``, byRoot(), with("eventType", `"AwsConsoleSignIn"`), answering(`{"PasswordRecoveryRequested":"Success"}`)),
			miss("recovery refused", "signin/PasswordRecoveryRequested", ``, byRoot(), with("eventType", `"AwsConsoleSignIn"`), answering(`{"PasswordRecoveryRequested":"Failure"}`)),
			miss("failed", "signin/PasswordUpdated", ``, byRoot(), answering(`{"PasswordUpdated":"Failure"}`)),
		},
	}
}

func rootPassword(in *detect.Input) *detect.Hit {
	rec := in.Record
	if rec.UserIdentity.Type != "Root" || rec.Failed() || rec.ResponseElements.Get(rec.EventName).Text() == "Failure" {
		return nil
	}
	if rec.EventName == "PasswordRecoveryRequested" {
		return at(alert.Medium, &detect.Hit{Detail: "A password reset was requested for the root user."})
	}
	return &detect.Hit{Detail: "The root user's password or email was changed (" + rec.EventName + ")."}
}
