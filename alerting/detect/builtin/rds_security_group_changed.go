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
			events("redshift", "AuthorizeClusterSecurityGroupIngress"),
		),
		NoEnd: unproven,
		Match: done("changed database security group or snapshot access {}", "dBSecurityGroupName", "cacheSecurityGroupName", "clusterSecurityGroupName", "snapshotIdentifier"),
		Examples: []detect.Example{
			match("let in", "rds/AuthorizeDBSecurityGroupIngress", `{"dBSecurityGroupName":"g","cIDRIP":"0.0.0.0/0"}`),
			miss("read", "rds/DescribeDBSecurityGroups", ``),
		},
	}
}
