package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func wafAddressesChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "waf-addresses-changed",
		Title:      "AWS WAF IP set changed",
		Why:        "Addresses added to an allow list or removed from a block list pass unfiltered.",
		Do:         "Compare the IP set with the expected configuration.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"NIST SC-7"},
		Events: slices.Concat(
			events("wafv2", "CreateIPSet", "UpdateIPSet"),
			events("waf", "CreateIPSet", "UpdateIPSet"),
			events("waf-regional", "CreateIPSet", "UpdateIPSet"),
		),
		NoEnd: "A record holds the list as it was set and not as it was before, so none shows that the former one is back.",
		Match: unlessUsual(notByStack(done("changed WAF IP set {}", "name", "iPSetId"))),
		Examples: []detect.Example{
			match("changed", "wafv2/UpdateIPSet", `{"name":"allowed"}`),
			miss("read", "wafv2/GetIPSet", `{"name":"allowed"}`),
		},
	}
}
