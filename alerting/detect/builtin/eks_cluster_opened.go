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
		Events:     events("eks", "UpdateClusterConfig", "CreateAccessEntry", "AssociateAccessPolicy", "DeleteCluster", "DeleteAccessEntry", "DisassociateAccessPolicy"),
		Ends:       events("eks", "UpdateClusterConfig", "DeleteAccessEntry", "DisassociateAccessPolicy"),
		Match: undone(openCluster,
			undo{by: []string{"UpdateClusterConfig"}, over: []string{"UpdateClusterConfig"}, of: []string{"name|clusterName"}, when: closesEndpoint},
			undo{by: []string{"CreateAccessEntry"}, over: []string{"DeleteAccessEntry"}, of: []string{"name|clusterName", "principalArn"}},
			undo{by: []string{"AssociateAccessPolicy"}, over: []string{"DisassociateAccessPolicy"}, of: []string{"name|clusterName", "principalArn", "policyArn"}},
		),
		Examples: []detect.Example{
			ending(match("until it is closed", "eks/UpdateClusterConfig", `{"name":"c","resourcesVpcConfig":{"endpointPublicAccess":true,"publicAccessCidrs":["0.0.0.0/0"]}}`), "eks/UpdateClusterConfig", `{"name":"c","resourcesVpcConfig":{"publicAccessCidrs":["198.51.100.7/32"]}}`),
			ending(match("until the entry is deleted", "eks/CreateAccessEntry", `{"name":"c","principalArn":"arn:aws:iam::111122223333:role/r"}`), "eks/DeleteAccessEntry", `{"name":"c","principalArn":"arn:aws:iam::111122223333:role/r"}`),
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

// closesEndpoint reports whether a call limits who reaches a cluster's endpoint.
func closesEndpoint(in *detect.Input) bool {
	access := in.Record.RequestParameters.Get("resourcesVpcConfig")
	public, said := access.Get("endpointPublicAccess").Bool()
	cidrs := access.Get("publicAccessCidrs").Texts()
	return said && !public || len(cidrs) > 0 && !slices.Contains(cidrs, "0.0.0.0/0")
}
