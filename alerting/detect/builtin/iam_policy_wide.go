package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func iamPolicyWide() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-policy-wide",
		Title:      "IAM policy allows all actions of a service or account",
		Why:        "The policy allows a wildcard action on all resources, which is administrator access under another name.",
		Do:         "Detach the policy or limit it to the actions and resources needed.",
		Severity:   alert.High,
		Techniques: []string{"T1098.003", "T1484"},
		Controls:   []string{"CIS 1.16", "NIST AC-6"},
		Events:     events("iam", "PutUserPolicy", "PutRolePolicy", "PutGroupPolicy", "CreatePolicy", "CreatePolicyVersion", "DeleteUserPolicy", "DeleteRolePolicy", "DeleteGroupPolicy", "DeletePolicy", "DeletePolicyVersion"),
		Ends:       events("iam", "PutUserPolicy", "PutRolePolicy", "PutGroupPolicy", "DeleteUserPolicy", "DeleteRolePolicy", "DeleteGroupPolicy", "DeletePolicy", "DeletePolicyVersion"),
		Match: undone(grantWide,
			undo{by: []string{"PutUserPolicy"}, over: []string{"PutUserPolicy", "DeleteUserPolicy"}, of: []string{"userName", "policyName"}, when: limits},
			undo{by: []string{"PutRolePolicy"}, over: []string{"PutRolePolicy", "DeleteRolePolicy"}, of: []string{"roleName", "policyName"}, when: limits},
			undo{by: []string{"PutGroupPolicy"}, over: []string{"PutGroupPolicy", "DeleteGroupPolicy"}, of: []string{"groupName", "policyName"}, when: limits},
			undo{by: []string{"CreatePolicy"}, over: []string{"DeletePolicy"}, of: []string{"policyArn|policy.arn"}},
			undo{by: []string{"CreatePolicyVersion"}, over: []string{"DeletePolicyVersion"}, of: []string{"policyArn", "versionId|policyVersion.versionId"}},
		),
		Examples: []detect.Example{
			ending(match("until it is deleted", "iam/PutUserPolicy", `{"userName":"bob","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"}`), "iam/DeleteUserPolicy", `{"userName":"bob","policyName":"p"}`),
			ending(match("until it is limited", "iam/PutRolePolicy", `{"roleName":"r","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"}`), "iam/PutRolePolicy", `{"roleName":"r","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/*\"}]}"}`),
			ending(match("until the policy is deleted", "iam/CreatePolicy", `{"policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"}`, answering(`{"policy":{"arn":"arn:aws:iam::111122223333:policy/p"}}`)), "iam/DeletePolicy", `{"policyArn":"arn:aws:iam::111122223333:policy/p"}`),
			match("inline s3:*", "iam/PutUserPolicy", `{"userName":"bob","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"}`),
			match("all buckets", "iam/PutUserPolicy", `{"userName":"bob","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":[\"arn:aws:s3:::*\",\"arn:aws:s3:::*/*\"]}]}"}`),
			miss("one bucket", "iam/PutUserPolicy", `{"userName":"bob","policyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\"],\"Resource\":\"arn:aws:s3:::b/*\"}}"}`),
		},
	}
}

func grantWide(in *detect.Input) *detect.Hit {
	action := wideAction(in)
	if action == "" {
		return nil
	}
	policy, to := param(in, "policyName", "policyArn", "userName", "roleName", "groupName"), param(in, "userName", "roleName", "groupName")
	what := "allowed " + action + " on all resources in IAM policy {}"
	about := "policy " + policy + ", which allows " + action + " on all resources"
	if to != "" {
		what = "allowed " + action + " on all resources in policy {} of " + identityKind(in) + " " + to
		about = identityKind(in) + " " + to + " with " + about
	}
	hit := naming(in, about, say(in, what, policy))
	if hit != nil {
		hit.Grant = action
	}
	return hit
}

// limits reports whether a call takes a policy away, or puts a readable one in its place, which is not wide then.
func limits(in *detect.Input) bool {
	if strings.HasPrefix(in.Record.EventName, "Delete") {
		return true
	}
	policy, err := exposure.ParsePolicy(policyAt(in, "policyDocument"))
	return err == nil && len(policy.Statements) > 0
}

// everyResource reports whether a resource of a policy names all there are of a service.
func everyResource(resource string) bool {
	parts := strings.SplitN(resource, ":", 6)
	return resource == "*" || len(parts) == 6 && parts[5] == "*"
}

// wideAction is an action that an identity policy allows on everything and that covers a whole service or all of them.
func wideAction(in *detect.Input) string {
	policy, err := exposure.ParsePolicy(policyAt(in, "policyDocument"))
	if err != nil {
		return ""
	}
	for _, s := range policy.Statements {
		if s.Deny || !s.NotAction && !slices.ContainsFunc(s.Resources, everyResource) && !s.NotResource {
			continue
		}
		if s.NotAction {
			return "all but some actions"
		}
		for _, action := range s.Actions {
			service, name, found := strings.Cut(action, ":")
			if action == "*" || found && name == "*" && sensitiveService(service) {
				return action
			}
		}
	}
	return ""
}

// sensitiveService reports whether everything of a service is the keys, the data or the logs of the account.
func sensitiveService(service string) bool {
	switch strings.ToLower(service) {
	case "*", "iam", "s3", "sts", "kms", "organizations", "cloudtrail", "secretsmanager", "lambda", "ec2":
		return true
	}
	return false
}
