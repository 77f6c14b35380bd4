package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func redshiftLoggingOff() *detect.Rule {
	return &detect.Rule{
		ID:         "redshift-logging-off",
		Title:      "Redshift audit logging disabled",
		Why:        "Connections and queries on the cluster are no longer recorded.",
		Do:         "Enable audit logging again.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events:     events("redshift", "DisableLogging", "EnableLogging"),
		Ends:       events("redshift", "EnableLogging"),
		Match:      clusterLoggingOff,
		Examples: []detect.Example{
			ending(match("until it is undone", "redshift/DisableLogging", `{"clusterIdentifier":"c"}`), "redshift/EnableLogging", `{"clusterIdentifier":"c"}`),
			match("off", "redshift/DisableLogging", `{"clusterIdentifier":"sales"}`),
			miss("on", "redshift/EnableLogging", `{"clusterIdentifier":"sales","bucketName":"logs"}`),
			miss("missing", "redshift/DisableLogging", `{"clusterIdentifier":"x"}`, failed("ClusterNotFound")),
		},
	}
}

func clusterLoggingOff(in *detect.Input) *detect.Hit {
	cluster := param(in, "clusterIdentifier")
	if in.Record.EventName == "EnableLogging" {
		return over(in, "logging/"+cluster, "enabled audit logging on Redshift cluster "+cluster)
	}
	return episode("logging/"+cluster, tried("disabled audit logging on Redshift cluster {}", "clusterIdentifier")(in))
}
