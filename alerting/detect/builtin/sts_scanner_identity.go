package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func stsScannerIdentity() *detect.Rule {
	return &detect.Rule{
		ID:         "sts-scanner-identity",
		Title:      "A key was tried by a secret scanner or attack tool",
		Why:        "The first call of a leaked key is to ask whose it is; these tools make that call.",
		Do:         "Find out where the key was found; delete it.",
		Severity:   alert.Medium,
		Techniques: []string{"T1552.001", "T1087.004"},
		Controls:   []string{"NIST SI-4"},
		Events:     events("sts", "GetCallerIdentity"),
		Match:      scannerIdentity,
		Examples: []detect.Example{
			match("TruffleHog", "sts/GetCallerIdentity", ``, with("userAgent", `"TruffleHog"`)),
			miss("command line", "sts/GetCallerIdentity", ``),
		},
	}
}

func scannerIdentity(in *detect.Input) *detect.Hit {
	agent := strings.ToLower(in.Record.UserAgent)
	for _, tool := range []string{"trufflehog", "gitleaks", "pacu", "scoutsuite", "kali", "parrot", "pentoo", "cloudfox", "nuclei", "peirates"} {
		if strings.Contains(agent, tool) {
			return say(in, "asked whose key it is, with", tool)
		}
	}
	return nil
}
