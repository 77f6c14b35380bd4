package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func dnsQueryLogsDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "dns-query-logs-deleted",
		Title:      "Route 53 DNS query logging removed",
		Why:        "DNS queries are no longer recorded, which hides command-and-control and DNS exfiltration.",
		Do:         "Create the query logging configuration again.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events: slices.Concat(
			events("route53resolver", "DeleteResolverQueryLogConfig", "DisassociateResolverQueryLogConfig"),
			events("route53", "DeleteQueryLoggingConfig"),
		),
		NoEnd: goneForAll,
		Match: tried("deleted DNS query logging configuration {}", "resolverQueryLogConfigId", "ResolverQueryLogConfigId", "id"),
		Examples: []detect.Example{
			match("deleted", "route53resolver/DeleteResolverQueryLogConfig", `{"resolverQueryLogConfigId":"rqlc-1"}`),
			miss("created", "route53resolver/CreateResolverQueryLogConfig", ``),
		},
	}
}
