package builtin

import (
	"cmp"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func eksClusterOpened() *detect.Rule {
	return &detect.Rule{
		ID:         "eks-cluster-opened",
		Title:      "EKS cluster access opened or cluster deleted",
		Why:        "A public endpoint or a new access entry lets others control the cluster.",
		Do:         "Limit the endpoint's CIDR list and remove the access entry unless it was approved.",
		Severity:   alert.Medium,
		Techniques: []string{"T1098.006", "T1562.007"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("eks", "UpdateClusterConfig", "CreateAccessEntry", "AssociateAccessPolicy", "DeleteCluster"),
		NoEnd:      unproven,
		Match:      openCluster,
		Examples: []detect.Example{
			match("endpoint to everyone", "eks/UpdateClusterConfig", `{"name":"c","resourcesVpcConfig":{"endpointPublicAccess":true,"publicAccessCidrs":["0.0.0.0/0"]}}`),
			match("an administrator", "eks/AssociateAccessPolicy",
				`{"name":"c","principalArn":"arn:aws:iam::111122223333:user/mallory","policyArn":"arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"}`),
			miss("one address", "eks/UpdateClusterConfig", `{"name":"c","resourcesVpcConfig":{"endpointPublicAccess":true,"publicAccessCidrs":["198.51.100.7/32"]}}`),
		},
	}
}

func openCluster(in *detect.Input) *detect.Hit {
	access := in.Record.RequestParameters.Get("resourcesVpcConfig")
	if in.Record.EventName != "UpdateClusterConfig" {
		what := "changed access to EKS cluster {} (" + in.Record.EventName + ")"
		switch policy := lastPart(param(in, "policyArn")); {
		case in.Record.EventName == "DeleteCluster":
			what = "deleted EKS cluster {}"
		case policy == "AmazonEKSClusterAdminPolicy", policy == "AmazonEKSAdminPolicy":
			return notByStack(tried("made "+cmp.Or(lastPart(param(in, "principalArn")), "an unknown principal")+" an administrator of EKS cluster {}", "name", "clusterName"))(in)
		}
		return at(alert.Low, notByStack(done(what, "name", "clusterName"))(in))
	}
	if public, _ := access.Get("endpointPublicAccess").Bool(); !public || !slices.Contains(access.Get("publicAccessCidrs").Texts(), "0.0.0.0/0") {
		return nil
	}
	return done("opened EKS cluster {} to the internet", "name")(in)
}
