package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func rootUsed() *detect.Rule {
	return &detect.Rule{
		ID:         "root-used",
		Title:      "Root user activity",
		Why:        "The root user has full access and is needed for very few tasks.",
		Do:         "Ask the account owner. If they did not do it, change the password and check the MFA device. Delete root access keys in any case.",
		Severity:   alert.High,
		Techniques: []string{"T1078.004"},
		Controls:   []string{"CIS 4.3", "NIST AC-6"},
		Events:     []string{"*/*"},
		Wants:      func(h *cloudtrail.Header, _ []byte) bool { return string(h.Type) == "Root" },
		NoEnd:      anAct,
		Match:      useRoot,
		Examples: []detect.Example{
			match("console sign-in", "signin/ConsoleLogin", ``, byRoot(), answering(`{"ConsoleLogin":"Success"}`)),
			match("a write", "s3/PutBucketTagging", `{"bucketName":"b"}`, byRoot()),
			match("a read with an access key", "s3/ListBuckets", ``, byRootKey(), with("readOnly", "true")),
			miss("a read", "s3/GetBucketTagging", `{"bucketName":"b"}`, byRoot(), with("readOnly", "true")),
			miss("not root", "s3/PutBucketTagging", `{"bucketName":"b"}`),
			miss("a service for root", "kms/CreateGrant", `{}`, byRoot(), with("eventType", `"AwsServiceEvent"`)),
		},
	}
}

func useRoot(in *detect.Input) *detect.Hit {
	rec := in.Record
	if rec.UserIdentity.Type != "Root" || rec.EventType == "AwsServiceEvent" || rec.UserIdentity.InvokedBy != "" {
		return nil
	}
	if key := rec.UserIdentity.AccessKeyID; strings.HasPrefix(key, "AKIA") { // that it exists is worth telling, even of a call that reads
		return say(in, "called "+rec.EventName+" as the root user with its access key {}", key)
	}
	if reading(rec) {
		return nil
	}
	switch rec.EventName {
	case "CheckMfa":
		return nil // a step of signing in
	case "PasswordUpdated", "PasswordRecoveryRequested":
		return nil // judged by root-password-changed
	case "ConsoleLogin":
		if rec.ResponseElements.Get("ConsoleLogin").Text() != "Success" {
			return nil // judged by root-login-failed
		}
		return &detect.Hit{Detail: "The root user signed in to the console."}
	}
	return say(in, "called "+rec.EventName+" as the root user", "")
}
