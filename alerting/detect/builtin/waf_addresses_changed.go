package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func wafAddressesChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "waf-addresses-changed",
		Title:      "WAF address list changed",
		Why:        "An address put on the list of the trusted, or taken off that of the blocked, passes unfiltered.",
		Do:         "Compare the list with the intended one.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"NIST SC-7"},
		Events: slices.Concat(
			events("wafv2", "CreateIPSet", "UpdateIPSet"),
			events("waf", "CreateIPSet", "UpdateIPSet"),
			events("waf-regional", "CreateIPSet", "UpdateIPSet"),
		),
		Match: unlessUsual(notByStack(done("changed the address list", "name", "iPSetId"))),
		Examples: []detect.Example{
			match("changed", "wafv2/UpdateIPSet", `{"name":"allowed"}`),
			miss("read", "wafv2/GetIPSet", `{"name":"allowed"}`),
		},
	}
}
