package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func eksClusterOpened() *detect.Rule {
	return &detect.Rule{
		ID:         "eks-cluster-opened",
		Title:      "Kubernetes cluster opened or deleted",
		Why:        "A cluster endpoint open to the internet, or new entries in its access list, let others command it.",
		Do:         "Narrow the endpoint's addresses; remove the entry unless it was agreed.",
		Severity:   alert.Medium,
		Techniques: []string{"T1098.006", "T1562.007"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("eks", "UpdateClusterConfig", "CreateAccessEntry", "AssociateAccessPolicy", "DeleteCluster"),
		Match:      openCluster,
		Examples: []detect.Example{
			match("endpoint to everyone", "eks/UpdateClusterConfig", `{"name":"c","resourcesVpcConfig":{"endpointPublicAccess":true,"publicAccessCidrs":["0.0.0.0/0"]}}`),
			miss("one address", "eks/UpdateClusterConfig", `{"name":"c","resourcesVpcConfig":{"endpointPublicAccess":true,"publicAccessCidrs":["198.51.100.7/32"]}}`),
		},
	}
}

func openCluster(in *detect.Input) *detect.Hit {
	access := in.Record.RequestParameters.Get("resourcesVpcConfig")
	if in.Record.EventName != "UpdateClusterConfig" {
		return at(alert.Low, notByStack(done("opened or deleted the cluster ("+in.Record.EventName+")", "name"))(in))
	}
	if public, _ := access.Get("endpointPublicAccess").Bool(); !public || !slices.Contains(access.Get("publicAccessCidrs").Texts(), "0.0.0.0/0") {
		return nil
	}
	return done("opened to the internet the cluster", "name")(in)
}
