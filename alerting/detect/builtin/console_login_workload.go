package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func consoleLoginWorkload() *detect.Rule {
	return &detect.Rule{
		ID:         "console-login-workload",
		Title:      "Console sign-in with EC2, Lambda or ECS credentials",
		Why:        "Instances, functions and tasks never use the console. Somebody took their role credentials and signed in with them.",
		Do:         "Revoke the role's active sessions, then investigate the instance, function or task the credentials came from.",
		Severity:   alert.High,
		Techniques: []string{"T1552.005", "T1078.004"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("signin", "ConsoleLogin", "GetSigninToken"),
		NoEnd:      anAct,
		Match:      workloadLogin,
		Examples: []detect.Example{
			match("of an instance", "signin/ConsoleLogin", ``, byRole("web", "i-0abcdef1234567890"), answering(`{"ConsoleLogin":"Success"}`)),
			match("token for an instance", "signin/GetSigninToken", ``, byRole("web", "i-0abcdef1234567890")),
			match("of a task", "signin/GetSigninToken", ``, byRole("worker", "0123456789abcdef0123456789abcdef")),
			match("of a function", "signin/GetSigninToken", ``, byRole("worker", "resize"), inScopeOf("AWS::Lambda::Function", "arn:aws:lambda:eu-west-1:111122223333:function:resize")),
			miss("a person", "signin/ConsoleLogin", ``, byRole("AWSReservedSSO_Admin_1", "ann@example.com"), answering(`{"ConsoleLogin":"Success"}`)),
			miss("a federated session", "signin/GetSigninToken", ``, byRole("deploy", "ann")),
			miss("an instance at work", "s3/ListBuckets", ``, byRole("web", "i-0abcdef1234567890")),
		},
	}
}

func workloadLogin(in *detect.Input) *detect.Hit {
	whose := workload(in)
	if whose == "" {
		return nil
	}
	if in.Record.ResponseElements.Get("ConsoleLogin").Text() == "Failure" || in.Record.Failed() {
		return &detect.Hit{Attempt: true, Resource: whose, Detail: "A console sign-in with the credentials of " + whose + " failed."}
	}
	what := "Credentials of " + whose + " were used to sign in to the console"
	if in.Record.EventName == "GetSigninToken" {
		what = "Credentials of " + whose + " were used to get a console sign-in token"
	}
	return &detect.Hit{Resource: whose, Detail: what + " from " + in.Record.SourceIPAddress + "."}
}

// workload names the EC2 instance, Lambda function or ECS task whose role credentials made the call; empty if they are
// of none, or of none that the record shows.
func workload(in *detect.Input) string {
	rec := in.Record
	if rec.UserIdentity.Type != "AssumedRole" {
		return ""
	}
	_, session, _ := strings.Cut(rec.UserIdentity.ARN, ":assumed-role/")
	_, session, _ = strings.Cut(session, "/")
	scope := in.Tree().Get("userIdentity", "inScopeOf")
	switch kind := scope.Get("issuerType").Text(); {
	case strings.HasPrefix(kind, "AWS::Lambda::"):
		return "Lambda function " + lastPart(scope.Get("credentialsIssuedTo").Text())
	case strings.HasPrefix(kind, "AWS::ECS::"):
		return "ECS task " + lastPart(scope.Get("credentialsIssuedTo").Text())
	case strings.HasPrefix(kind, "AWS::EC2::"):
		return "EC2 instance " + lastPart(scope.Get("credentialsIssuedTo").Text())
	}
	switch {
	case instanceID(session):
		return "EC2 instance " + session
	case len(session) == 32 && hexadecimal(session):
		return "ECS task " + session
	}
	return ""
}

func instanceID(session string) bool {
	id, ok := strings.CutPrefix(session, "i-")
	return ok && (len(id) == 8 || len(id) == 17) && hexadecimal(id)
}

func hexadecimal(text string) bool { return strings.Trim(text, "0123456789abcdef") == "" }

// ofMachine reports whether the actor is an EC2 instance: its role session is named by the instance's id.
func ofMachine(rec *cloudtrail.Record) bool {
	_, session, _ := strings.Cut(rec.UserIdentity.ARN, ":assumed-role/")
	_, session, _ = strings.Cut(session, "/")
	return rec.UserIdentity.Type == "AssumedRole" && strings.HasPrefix(session, "i-") &&
		!strings.HasPrefix(rec.EventSource, "ssm") && !strings.HasPrefix(rec.EventSource, "ec2messages")
}
