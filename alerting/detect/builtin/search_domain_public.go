package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func searchDomainPublic() *detect.Rule {
	return &detect.Rule{
		ID:         "search-domain-public",
		Title:      "OpenSearch domain made public",
		Why:        "Anyone who can reach the endpoint can use the actions the policy allows, such as reading or changing indexes.",
		Do:         "Restore the previous access policy or name the accounts that need access.",
		Severity:   alert.High,
		Techniques: []string{"T1530", "T1190"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("es", "CreateElasticsearchDomain", "UpdateElasticsearchDomainConfig", "CreateDomain", "UpdateDomainConfig", "DeleteDomain", "DeleteElasticsearchDomain"),
		Ends:       events("es", "UpdateElasticsearchDomainConfig", "UpdateDomainConfig", "DeleteDomain", "DeleteElasticsearchDomain"),
		Match:      sharedPolicy("OpenSearch domain", []string{"accessPolicies"}, "domainName"),
		Examples: []detect.Example{
			ending(match("until it is undone", "es/UpdateDomainConfig", `{"domainName":"d","accessPolicies":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`), "es/UpdateDomainConfig", `{"domainName":"d","accessPolicies":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			match("everyone", "es/UpdateDomainConfig", `{"domainName":"d","accessPolicies":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
			miss("own account", "es/UpdateDomainConfig", `{"domainName":"d","accessPolicies":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\",\"Resource\":\"*\"}]}"}`),
		},
	}
}
