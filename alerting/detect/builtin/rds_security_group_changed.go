package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func rdsSecurityGroupChanged() *detect.Rule {
	return &detect.Rule{
		ID:         "rds-security-group-changed",
		Title:      "Database security group changed (RDS, ElastiCache, Redshift)",
		Why:        "These groups and snapshot permissions decide who can reach the database or restore its data.",
		Do:         "Compare the group with the expected configuration.",
		Severity:   alert.Low,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"NIST SC-7"},
		Events: slices.Concat(
			events("rds", "AuthorizeDBSecurityGroupIngress", "CreateDBSecurityGroup", "DeleteDBSecurityGroup", "RevokeDBSecurityGroupIngress"),
			events("elasticache", "AuthorizeCacheSecurityGroupIngress", "CreateCacheSecurityGroup", "DeleteCacheSecurityGroup", "RevokeCacheSecurityGroupIngress"),
			events("redshift", "AuthorizeClusterSecurityGroupIngress", "RevokeClusterSecurityGroupIngress"),
		),
		Ends: slices.Concat(
			events("rds", "RevokeDBSecurityGroupIngress", "DeleteDBSecurityGroup"),
			events("elasticache", "RevokeCacheSecurityGroupIngress", "DeleteCacheSecurityGroup"),
			events("redshift", "RevokeClusterSecurityGroupIngress"),
		),
		Match: undone(done("changed database security group or snapshot access {}", "dBSecurityGroupName", "cacheSecurityGroupName", "clusterSecurityGroupName", "snapshotIdentifier"),
			undo{by: []string{"AuthorizeDBSecurityGroupIngress"}, over: []string{"RevokeDBSecurityGroupIngress"}, of: []string{"dBSecurityGroupName", "cIDRIP|eC2SecurityGroupId|eC2SecurityGroupName"}, told: true},
			undo{by: []string{"CreateDBSecurityGroup"}, over: []string{"DeleteDBSecurityGroup"}, of: []string{"dBSecurityGroupName"}, told: true},
			undo{by: []string{"AuthorizeCacheSecurityGroupIngress"}, over: []string{"RevokeCacheSecurityGroupIngress"}, of: []string{"cacheSecurityGroupName", "eC2SecurityGroupName"}, told: true},
			undo{by: []string{"CreateCacheSecurityGroup"}, over: []string{"DeleteCacheSecurityGroup"}, of: []string{"cacheSecurityGroupName"}, told: true},
			undo{by: []string{"AuthorizeClusterSecurityGroupIngress"}, over: []string{"RevokeClusterSecurityGroupIngress"}, of: []string{"clusterSecurityGroupName", "cIDRIP|eC2SecurityGroupName"}},
		),
		Examples: []detect.Example{
			ending(match("until it is revoked", "rds/AuthorizeDBSecurityGroupIngress", `{"dBSecurityGroupName":"g","cIDRIP":"0.0.0.0/0"}`), "rds/RevokeDBSecurityGroupIngress", `{"dBSecurityGroupName":"g","cIDRIP":"0.0.0.0/0"}`),
			ending(match("until the cluster group is closed", "redshift/AuthorizeClusterSecurityGroupIngress", `{"clusterSecurityGroupName":"g","cIDRIP":"0.0.0.0/0"}`), "redshift/RevokeClusterSecurityGroupIngress", `{"clusterSecurityGroupName":"g","cIDRIP":"0.0.0.0/0"}`),
			match("let in", "rds/AuthorizeDBSecurityGroupIngress", `{"dBSecurityGroupName":"g","cIDRIP":"0.0.0.0/0"}`),
			miss("read", "rds/DescribeDBSecurityGroups", ``),
		},
	}
}
