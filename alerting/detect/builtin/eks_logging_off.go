package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func eksLoggingOff() *detect.Rule {
	return &detect.Rule{
		ID:         "eks-logging-off",
		Title:      "EKS control plane logging disabled",
		Why:        "API server, audit and authenticator logs show who controls the cluster. Without them, access to it is no longer recorded.",
		Do:         "Enable the control plane log types again and ask the actor. Then check the cluster's access entries and workloads.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events:     events("eks", "UpdateClusterConfig"),
		Ends:       events("eks", "UpdateClusterConfig"),
		Match:      clusterLogsOff,
		Examples: []detect.Example{
			ending(match("until it is on", "eks/UpdateClusterConfig", `{"name":"c","logging":{"clusterLogging":[{"types":["api","audit"],"enabled":false}]}}`), "eks/UpdateClusterConfig", `{"name":"c","logging":{"clusterLogging":[{"types":["audit","api"],"enabled":true}]}}`),
			match("audit log off", "eks/UpdateClusterConfig", `{"name":"c","logging":{"clusterLogging":[{"types":["api","audit"],"enabled":false}]}}`),
			match("denied", "eks/UpdateClusterConfig", `{"name":"c","logging":{"clusterLogging":[{"types":["audit"],"enabled":false}]}}`, failed("AccessDeniedException")),
			miss("logs on", "eks/UpdateClusterConfig", `{"name":"c","logging":{"clusterLogging":[{"types":["api","audit"],"enabled":true}]}}`),
			miss("another setting", "eks/UpdateClusterConfig", `{"name":"c","resourcesVpcConfig":{"endpointPublicAccess":false}}`),
		},
	}
}

func clusterLogsOff(in *detect.Input) *detect.Hit {
	var off, on []string
	state := "logging/" + in.Record.Region + "/" + param(in, "name", "clusterName") + "/"
	for _, entry := range in.Record.RequestParameters.Get("logging", "clusterLogging").List() {
		switch enabled, ok := entry.Get("enabled").Bool(); {
		case ok && enabled:
			on = append(on, entry.Get("types").Texts()...)
		case ok:
			off = append(off, entry.Get("types").Texts()...)
		}
	}
	if len(off) == 0 {
		return ended(in, prefixed(state, on)...)
	}
	slices.Sort(off)
	return lasting(tried("disabled control plane logging of EKS cluster {} ("+listed(off)+")", "name")(in), prefixed(state, off)...)
}
