package wording

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/score"
)

// The codes of an alert's JSON are an interface and stay as they are; these are the words in which people read them.
// A code without a label is shown as it is.

// label is the word for a code.
func label(labels map[string]string, code string) string {
	if text := labels[code]; text != "" {
		return text
	}
	return safetext.Line(code)
}

// reachLabel says who a grant reaches, after "public:" or "shared:".
func reachLabel(reach string) string {
	return label(map[string]string{
		"internet": "anyone on the internet", "any-aws": "any AWS account", "any-vpc": "any VPC", "org": "an organization",
		"cross-account": "an external account", "account": "the own account", "ip-range": "an IP range", "vpc": "a VPC", "service": "an AWS service",
	}, reach)
}

// networkLabel names a kind of network.
func networkLabel(kind string) string {
	return label(map[string]string{
		"vpn": "VPN or proxy", "tor": "Tor exit node", "hosting": "hosting provider", "corporate": "corporate network", "aws": "AWS",
		"isp": "ISP", "vpc-endpoint": "VPC endpoint", "malicious": "malicious address list",
	}, kind)
}

// updateLabel names a kind of update.
func updateLabel(kind string) string {
	return label(map[string]string{
		"opened": "Opened", "grew": "Update", "escalated": "Severity raised", "half-closed": "Partly closed", "resolved": "Resolved",
		"acknowledged": "Acknowledged", "suppressed": "Suppressed", "live": "Suppression ended", "unmuted": "Mute ended", "reminded": "Reminder",
		"looked": "Live check", "reopened": "Reopened",
	}, kind)
}

// factorLabel names a factor of the score.
func factorLabel(name string, attempt bool) string {
	if name == "grant" && attempt {
		return "Access requested"
	}
	return safetext.Line(score.Label(name))
}

// Factor is one summand of the score of an alert: "+64 Access granted: anyone on the internet can list objects in kops-state".
func Factor(f alert.Factor, attempt bool) string {
	sign := "+"
	if f.Points < 0 {
		sign, f.Points = "−", -f.Points
	}
	label, detail := factorLabel(f.Name, attempt), safetext.Line(f.Detail)
	return fmt.Sprintf("%s%d %s: %s", sign, f.Points, label, withoutLabel(detail, label))
}

// withoutLabel is a detail without the label that stands before it: "unknown (not scored)" of a country.
func withoutLabel(detail, label string) string {
	if len(detail) <= len(label) || !strings.EqualFold(detail[:len(label)], label) {
		return detail
	}
	if rest := strings.TrimLeft(detail[len(label):], ": "); rest != "" && rest != detail[len(label):] {
		return rest
	}
	return detail
}

// Factors are all summands of an alert's score.
func Factors(a *alert.Alert) []string {
	lines := make([]string, 0, len(a.Factors))
	for _, f := range a.Factors {
		lines = append(lines, Factor(f, a.Attempt))
	}
	return lines
}

// actorType names a type of identity beside a name; "" of a role, which the name says already.
func actorType(kind string) string {
	if kind == "AssumedRole" || !known(kind) {
		return ""
	}
	return label(map[string]string{
		"IAMUser": "IAM user", "Root": "root user", "AWSService": "AWS service", "AWSAccount": "AWS account", "FederatedUser": "federated user",
		"IdentityCenterUser": "Identity Center user", "SAMLUser": "SAML user", "WebIdentityUser": "web identity user", "Role": "IAM role",
		"Unknown": "unknown identity",
	}, kind)
}

// firstLabels are the words for what an actor did, or was seen with, for the first time.
func firstLabels(first []string) string {
	words := make([]string, len(first))
	for i, what := range first {
		words[i] = label(map[string]string{
			"call": "API call", "asn": "network owner", "user_agent": "user agent", "hour": "time of day", "network": "network type",
		}, what)
	}
	return strings.Join(words, ", ")
}

// Denied reports whether an error code says that permission lacked; any other call failed.
func Denied(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation", "UnauthorizedAccess",
		"Client.UnauthorizedAccess", "NotAuthorized", "AuthorizationError", "AuthorizationErrorException":
		return true
	}
	return false
}

// failed says how a call failed: "denied: AccessDenied", "failed: NoSuchBucket".
func failed(code string) string {
	if Denied(code) {
		return "denied: " + safetext.Line(code)
	}
	return "failed: " + safetext.Line(code)
}
