package sigma

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// asksForNetwork reports whether a detection is about CloudTrail's network-activity records: it names their category or
// type, or the field that no other record has.
func asksForNetwork(detection *yaml.Node) bool {
	if detection == nil {
		return false
	}
	n := plain(detection)
	if n.Kind == yaml.ScalarNode {
		field, _, _ := strings.Cut(n.Value, "|")
		return slices.ContainsFunc([]string{"NetworkActivity", "AwsVpceEvent", "vpcEndpointAccountId"}, func(name string) bool {
			return strings.EqualFold(field, name)
		})
	}
	return slices.ContainsFunc(n.Content, asksForNetwork)
}
