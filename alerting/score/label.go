package score

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Label is the name of a factor as people read it, "VPN or proxy" for "vpn"; a name without one is its own.
func Label(name string) string {
	if text := labels()[name]; text != "" {
		return text
	}
	return name
}

func labels() map[string]string {
	return map[string]string{
		grantFactor: "Access granted", ruleFactor: "Rule", torFactor: "Tor exit node", maliciousFactor: "Malicious address list", vpnFactor: "VPN or proxy",
		hostingFactor: "Hosting provider", corporateFactor: "Corporate network", addressFactor: "Source address",
		countryFactor: "Country", countryForeignFactor: "Outside home countries", countryHomeFactor: "Home country",
		countryNewFactor: "New country", travelFactor: "Impossible travel", userFactor: "User", userNewFactor: "New user",
		userUnusualFactor: "Unusual for this user", userDormantFactor: "Dormant user", userFamiliarFactor: "Usual behavior",
		machineMovedFactor: "Workload on a new network", automationExpectedFactor: "Expected automation", rootFactor: "Root user",
		burstFactor: "Unusual volume", bucketNameFactor: "Sensitive name", bucketPublicFactor: "Public-looking name",
		websiteFactor: "Website hosting", accountFactor: "Account weight", floorFactor: "Minimum severity",
		capFactor: "Maximum score", attemptFactor: "Failed attempt", "silent": "Missing events",
	}
}

// inSentence writes a label inside a sentence: a small first letter, unless it begins a name or an abbreviation.
func inSentence(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	second, _ := utf8.DecodeRuneInString(label[size:])
	if unicode.IsUpper(second) || strings.HasPrefix(label, "Tor ") {
		return label
	}
	return string(unicode.ToLower(first)) + label[size:]
}
