package builtin

import (
	"fmt"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

const signInSpan = 30 * time.Minute

func consolePasswordsGuessed() *detect.Rule {
	const failures = 10
	return &detect.Rule{
		ID:         "console-passwords-guessed",
		Title:      "Many failed console sign-ins from one address",
		Why:        "Ten failures from one address in 30 minutes are password guessing, whatever the user names.",
		Do:         "Check whether a sign-in from the address succeeded. Ask the users named, and require MFA for all of them.",
		Severity:   alert.Medium,
		Techniques: []string{"T1110.001", "T1078.004"},
		Controls:   []string{"CIS 4.6", "NIST AC-7"},
		Events:     events("signin", "ConsoleLogin"),
		NoEnd:      anAct,
		Match:      signInFailed,
		Correlation: &detect.Correlation{
			Kind: detect.EventCount, GroupBy: []string{"sourceIPAddress"}, Op: ">=", Value: failures, Span: signInSpan,
			Tell: func(in *detect.Input, count int) string {
				return fmt.Sprintf("%d console sign-ins from %s failed in 30 m, last as %s.", count, in.Record.SourceIPAddress, loginName(in.Record))
			},
		},
		Examples: []detect.Example{
			signIns(match("ten failures", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`)), 9, "mallory"),
			signIns(miss("a few failures", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`)), 3, "mallory"),
			signIns(miss("a success", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`)), 12, "mallory"),
		},
	}
}

func consolePasswordSpray() *detect.Rule {
	const users = 5
	return &detect.Rule{
		ID:         "console-password-spray",
		Title:      "Console sign-ins as several users failed from one address",
		Why:        "One address tried the passwords of five different users in 30 minutes: a password spray.",
		Do:         "Check whether a sign-in from the address succeeded. Reset the passwords of users who share one, and require MFA.",
		Severity:   alert.Medium,
		Techniques: []string{"T1110.003", "T1078.004"},
		Controls:   []string{"CIS 4.6", "NIST AC-7"},
		Events:     events("signin", "ConsoleLogin"),
		NoEnd:      anAct,
		Match:      signInFailed,
		Correlation: &detect.Correlation{
			Kind: detect.ValueCount, GroupBy: []string{"sourceIPAddress"}, Op: ">=", Value: users, Span: signInSpan,
			Tell: func(in *detect.Input, count int) string {
				return fmt.Sprintf("Console sign-ins as %d different users from %s failed in 30 m, last as %s.", count, in.Record.SourceIPAddress, loginName(in.Record))
			},
		},
		Examples: []detect.Example{
			signIns(match("five users", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`)), 4, "ann", "bob", "cid", "dan"),
			signIns(miss("one user", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`)), 9, "mallory"),
		},
	}
}

func consoleLoginAfterFailures() *detect.Rule {
	const failures = 5
	return &detect.Rule{
		ID:         "console-login-after-failures",
		Title:      "Console sign-in succeeded after many failures",
		Why:        "The address that failed to sign in at least five times within 30 minutes is now signed in: the password was probably guessed.",
		Do:         "Ask the user. If it was not them, change the password, revoke their sessions and check what was done since the sign-in.",
		Severity:   alert.High,
		Techniques: []string{"T1110", "T1078.004"},
		Controls:   []string{"CIS 4.6", "NIST AC-7"},
		Events:     events("signin", "ConsoleLogin"),
		NoEnd:      anAct,
		Match:      signedIn,
		Correlation: &detect.Correlation{
			Kind: detect.Succeeded, GroupBy: []string{"sourceIPAddress"}, Op: ">=", Value: failures, Span: signInSpan,
			Tell: func(in *detect.Input, count int) string {
				return fmt.Sprintf("%s signed in to the console from %s after %s failed sign-ins from there in 30 m.",
					who(in.Record), in.Record.SourceIPAddress, atLeast(count, failures))
			},
		},
		Examples: []detect.Example{
			signIns(match("guessed", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`)), 8, "mallory"),
			signIns(match("sprayed", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`)), 6, "ann", "bob", "cid"),
			signIns(miss("mistyped", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Success"}`)), 2, "mallory"),
			signIns(miss("another failure", "signin/ConsoleLogin", ``, answering(`{"ConsoleLogin":"Failure"}`)), 8, "mallory"),
		},
	}
}

// atLeast is a count as text, where no more than a few times the amount asked for are remembered.
func atLeast(count, asked int) string {
	if count >= 3*asked {
		return fmt.Sprintf("at least %d", count)
	}
	return fmt.Sprint(count)
}

// signInFailed counts a failed sign-in to the console by the name of its user.
func signInFailed(in *detect.Input) *detect.Hit {
	if signInResult(in.Record) != "Failure" {
		return nil
	}
	return &detect.Hit{Attempt: true, Resource: loginName(in.Record)}
}

// signedIn counts failed sign-ins to the console as attempts, and those that succeeded.
func signedIn(in *detect.Input) *detect.Hit {
	switch signInResult(in.Record) {
	case "Failure":
		return &detect.Hit{Attempt: true}
	case "Success":
		return &detect.Hit{}
	}
	return nil
}

func signInResult(rec *cloudtrail.Record) string {
	return rec.ResponseElements.Get("ConsoleLogin").Text()
}
