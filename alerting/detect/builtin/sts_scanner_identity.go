package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func stsScannerIdentity() *detect.Rule {
	return &detect.Rule{
		ID:         "sts-scanner-identity",
		Title:      "Access key tested with a scanner or attack tool",
		Why:        "The user agent of this GetCallerIdentity call belongs to a secret scanner or attack tool: the key has probably leaked.",
		Do:         "Deactivate the access key, then find out where it leaked.",
		Severity:   alert.Medium,
		Techniques: []string{"T1552.001", "T1087.004"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("sts", "GetCallerIdentity"),
		Wants:      func(h *cloudtrail.Header, _ []byte) bool { return scanner(h.UserAgent) != "" },
		NoEnd:      anAct,
		Match:      scannerIdentity,
		Examples: []detect.Example{
			match("TruffleHog", "sts/GetCallerIdentity", ``, with("userAgent", `"TruffleHog"`)),
			miss("command line", "sts/GetCallerIdentity", ``),
		},
	}
}

func scannerIdentity(in *detect.Input) *detect.Hit {
	if tool := scanner([]byte(in.Record.UserAgent)); tool != "" {
		return say(in, "called GetCallerIdentity with {} (secret scanner or attack tool)", tool)
	}
	return nil
}

// scanner names the attack tool or secret scanner that a user agent speaks of, as it spells its name; empty if none.
// Systems made for attacks stand in the kernel's version.
func scanner(agent []byte) string {
	for _, tool := range [...]string{
		"TruffleHog", "trufflehog", "gitleaks", "Gitleaks", "Pacu", "pacu", "ScoutSuite", "Scout Suite", "scoutsuite",
		"kali", "parrot", "pentoo", "cloudfox", "CloudFox", "nuclei", "Nuclei", "peirates", "Peirates",
	} {
		if detect.Contains(agent, tool) {
			return tool
		}
	}
	return ""
}
