package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func consoleLoginIamUser() *detect.Rule {
	return &detect.Rule{
		ID:         "console-login-iam-user",
		Title:      "IAM user signed in to the console directly",
		Why:        "The sign-in bypassed single sign-on, its checks and its offboarding.",
		Do:         "Move the user to single sign-on, or confirm that it is an approved exception.",
		Severity:   alert.Low,
		Techniques: []string{"T1078.004"},
		Controls:   []string{"NIST IA-2"},
		Events:     events("signin", "ConsoleLogin"),
		NoEnd:      anAct,
		Match:      unlessUsual(loginOfUser),
		Examples: []detect.Example{
			match("IAM user with MFA", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`), with("additionalEventData", `{"MFAUsed":"Yes"}`)),
			miss("without MFA, told by its own rule", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`), with("additionalEventData", `{"MFAUsed":"No"}`)),
			miss("failed", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`)),
		},
	}
}

// loginOfUser leaves sign-ins without MFA to their own rule.
func loginOfUser(in *detect.Input) *detect.Hit {
	if !consoleUser(in.Record) || in.Record.UserIdentity.Type != "IAMUser" || loginWithoutMFA(in) != nil {
		return nil
	}
	return &detect.Hit{Detail: who(in.Record) + " signed in to the console as an IAM user, not through single sign-on."}
}
