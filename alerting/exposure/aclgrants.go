package exposure

import (
	"fmt"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// The predefined groups of S3 and the grantees made of them.
const (
	allUsers           = "AllUsers"
	authenticatedUsers = "AuthenticatedUsers"
	logDelivery        = "LogDelivery"
	execReader         = "EC2 bundle reader"
)

// The canonical ids of awslogsdelivery, whom CloudFront gives full control of a bucket for its standard logs (CloudFront
// Developer Guide, "Permissions required to configure standard logging").
const (
	cloudFrontLogs      = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
	cloudFrontLogsChina = "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56"
)

// grants is what an ACL grants to others than its owner. An ACL is public if any permission goes to AllUsers
// or AuthenticatedUsers ("ACL overview").
func (s scene) aclGrants(acl *ACL, path Path) []Grant {
	owner := acl.owner()
	kind := "bucket"
	if path == ObjectACLPath {
		kind = "object"
	}
	var out []Grant
	for _, a := range acl.Grants {
		if a.Grantee == owner {
			continue
		}
		w, note := granteeOf(a.Grantee)
		access := permission(a.Permission, path)
		g := Grant{
			Path: path, Name: clip(a.Grantee) + " " + clip(a.Permission), Public: w.reach.open(), Reach: w.reach, Access: access,
			Severity: ladder(w, access, false), To: w.to,
		}
		g.Foreign = g.Severity >= alert.Low
		g.Reason = fmt.Sprintf("the %s ACL grants %s to %s", kind, clip(a.Permission), clip(a.Grantee)) + note
		out = append(out, g)
	}
	return out
}

// owner is the canonical id of the owner: as told, else the first id with FULL_CONTROL, which S3 always gives. No
// group owns anything.
func (a *ACL) owner() string {
	if a.Owner != "" && group(a.Owner) == "" {
		return a.Owner
	}
	for _, g := range a.Grants {
		if g.Permission == "FULL_CONTROL" && g.Grantee != anonymousID && group(g.Grantee) == "" && g.Grantee != execReader && !cloudFront(g.Grantee) {
			return g.Grantee
		}
	}
	return ""
}

func cloudFront(grantee string) bool {
	return grantee == cloudFrontLogs || grantee == cloudFrontLogsChina
}

func granteeOf(grantee string) (w who, note string) {
	if cloudFront(grantee) {
		return who{reach: Service, trust: own, fixed: true, to: named(Service, "delivery.logs.amazonaws.com")}, " (CloudFront log delivery; not public)"
	}
	switch grantee {
	case allUsers:
		return everyone(), " (anyone on the internet)"
	case authenticatedUsers:
		return who{reach: AnyAWS}, " (any AWS account)"
	case logDelivery:
		return who{reach: Service, trust: own, fixed: true, to: named(Service, "logging.s3.amazonaws.com")}, " (S3 log delivery; not public)"
	case execReader:
		return who{reach: Nobody, trust: own, fixed: true, floor: alert.Low, to: named(Service, "ec2.amazonaws.com")}, " (EC2, to read AMI bundles)"
	case anonymousID:
		return who{reach: Nobody, trust: own, fixed: true, floor: alert.Medium}, " (canonical ID of anonymous requests: anonymous writes are possible)"
	default:
		return who{reach: CrossAccount, fixed: true, to: named(CrossAccount, grantee)}, " (external account)"
	}
}

// permission is the class of access of an ACL permission; one that S3 does not have is taken for the worst.
func permission(name string, path Path) Access {
	switch name {
	case "READ":
		if path == ObjectACLPath {
			return Read
		}
		return List
	case "WRITE":
		return Write
	case "READ_ACP":
		return Recon
	default:
		return Takeover
	}
}

// group is the predefined group a URI names, empty if it is none.
func group(grantee string) string {
	switch grantee {
	case allUsers, authenticatedUsers, logDelivery:
		return grantee
	default:
		return ""
	}
}
