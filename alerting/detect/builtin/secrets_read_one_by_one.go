package builtin

import (
	"fmt"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func secretsReadOneByOne() *detect.Rule {
	const distinct = 20
	return &detect.Rule{
		ID:         "secrets-read-one-by-one",
		Title:      "Many secrets, parameters or user data read one by one",
		Why:        "The actor, who is not known for it, read 20 different secrets, decrypted parameters, user data or passwords in 10 minutes.",
		Do:         "Ask the actor. If they cannot explain it, disable the credentials and rotate every secret that was read.",
		Severity:   alert.Medium,
		Techniques: []string{"T1555.006", "T1552.005"},
		Controls:   []string{"NIST AC-6", "NIST SI-4"},
		Events: append(events("ec2", "DescribeInstanceAttribute", "GetPasswordData"),
			append(events("ssm", "GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory"), events("secretsmanager", "GetSecretValue")...)...),
		Wants:       secretCall,
		NoEnd:       keptCopy,
		Match:       unlessUsual(notByStack(readSecret)),
		Correlation: &detect.Correlation{Kind: detect.ValueCount, ByActor: true, Op: ">=", Value: distinct, Span: 10 * time.Minute, Tell: tellSecrets},
		Examples: []detect.Example{
			each20(match("secrets", "secretsmanager/GetSecretValue", `{"secretId":"prod/db"}`), "secretsmanager/GetSecretValue", `{"secretId":"prod/db-%d"}`),
			each20(match("user data", "ec2/DescribeInstanceAttribute", `{"instanceId":"i-1","attribute":"userData"}`), "ec2/DescribeInstanceAttribute", `{"instanceId":"i-2%d","attribute":"userData"}`),
			each20(match("decrypted parameters", "ssm/GetParameter", `{"name":"/p","withDecryption":true}`), "ssm/GetParameter", `{"name":"/p/%d","withDecryption":true}`),
			each20(miss("one secret again and again", "secretsmanager/GetSecretValue", `{"secretId":"prod/db"}`), "secretsmanager/GetSecretValue", `{"secretId":"prod/db","versionStage":"%d"}`),
			each20(miss("plain parameters", "ssm/GetParameter", `{"name":"/p"}`), "ssm/GetParameter", `{"name":"/p/%d"}`),
			each20(miss("another attribute", "ec2/DescribeInstanceAttribute", `{"instanceId":"i-1","attribute":"disableApiTermination"}`),
				"ec2/DescribeInstanceAttribute", `{"instanceId":"i-2%d","attribute":"disableApiTermination"}`),
			miss("one", "secretsmanager/GetSecretValue", `{"secretId":"s"}`),
		},
	}
}

// secretCall is a first look for calls that may return something secret.
func secretCall(h *cloudtrail.Header, raw []byte) bool {
	switch {
	case detect.HasPrefix(h.EventSource, "ssm"):
		return detect.ContainsFold(raw, `"withdecryption"`)
	case string(h.EventName) == "DescribeInstanceAttribute":
		return detect.ContainsFold(raw, `"userdata"`)
	}
	return true
}

func readSecret(in *detect.Input) *detect.Hit {
	if in.Record.Failed() {
		return nil
	}
	switch name := in.Record.EventName; {
	case strings.HasPrefix(name, "GetParameter") && param(in, "withDecryption") != "true":
		return nil
	case name == "DescribeInstanceAttribute" && param(in, "attribute") != "userData":
		return nil
	}
	about := param(in, "secretId", "name", "path", "instanceId")
	if names := in.Record.RequestParameters.Get("names").Texts(); len(names) > 0 {
		about = strings.Join(names, " ")
	}
	if about == "" {
		return nil
	}
	return say(in, "read {}", in.Record.EventSource+" "+about)
}

func tellSecrets(in *detect.Input, count int) string {
	what := "secrets"
	switch in.Record.EventName {
	case "DescribeInstanceAttribute":
		what = "secrets or user data of EC2 instances"
	case "GetPasswordData":
		what = "secrets or Windows passwords of EC2 instances"
	case "GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory":
		what = "secrets or decrypted parameters"
	}
	return fmt.Sprintf("%s read %d different %s in 10 m, last by %s.", who(in.Record), count, what, in.Record.EventName)
}
