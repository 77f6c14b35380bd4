package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func searchDomainPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "search-domain-public",
		Title:      "Search domain open to the internet",
		Why:        "An open search domain gives all its documents to whoever finds it.",
		Do:         "Put the former policy back, or name those who need access.",
		Severity:   alert.High,
		Techniques: []string{"T1530", "T1190"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("es", "CreateElasticsearchDomain", "UpdateElasticsearchDomainConfig", "CreateDomain", "UpdateDomainConfig"),
		Match:      publicPolicy("search domain", []string{"accessPolicies"}, "domainName"),
		Examples: []detect.Example{
			match("everyone", "es/UpdateDomainConfig", `{"domainName":"d","accessPolicies":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "es/UpdateDomainConfig", `{"domainName":"d","accessPolicies":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
