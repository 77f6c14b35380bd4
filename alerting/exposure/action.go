package exposure

import (
	"slices"
	"strings"
)

// s3Actions lists, by class of access, S3 actions that stand for all others; names in lower case. Takeover are
// those by which a stranger grants themselves the rest; Write those that change or destroy what is stored.
func s3Actions() []struct {
	class Access
	names []string
} {
	return []struct {
		class Access
		names []string
	}{
		{Takeover, []string{
			"putbucketpolicy", "putbucketacl", "putobjectacl", "putobjectversionacl", "putbucketpublicaccessblock",
			"putbucketownershipcontrols", "putaccesspointpolicy", "putaccesspointpolicyforobjectlambda",
			"putmultiregionaccesspointpolicy", "putaccountpublicaccessblock", "objectowneroverridetobucketowner",
		}},
		{Write, []string{
			"putobject", "deleteobject", "deleteobjectversion", "deletebucket", "deletebucketpolicy", "restoreobject",
			"replicateobject", "replicatedelete", "replicatetags", "putobjecttagging", "deleteobjecttagging",
			"putobjectversiontagging", "putobjectretention", "putobjectlegalhold", "bypassgovernanceretention",
			"putlifecycleconfiguration", "putreplicationconfiguration", "putencryptionconfiguration",
			"putbucketversioning", "putbucketlogging", "putbucketnotification", "putbucketcors", "putbucketwebsite",
			"deletebucketwebsite", "putbuckettagging", "putbucketobjectlockconfiguration", "abortmultipartupload",
			"putinventoryconfiguration", "putanalyticsconfiguration", "putaccelerateconfiguration", "createbucket",
			"initiatereplication", "updateobjectencryption", "renameobject",
		}},
		{Read, []string{"getobject", "getobjectversion", "getobjecttorrent", "getobjectversionforreplication"}},
		{List, []string{
			"listbucket", "listbucketversions", "listbucketmultipartuploads", "listmultipartuploadparts", "listallmybuckets",
		}},
		{Recon, []string{
			"getbucketlocation", "getbucketacl", "getbucketpolicy", "getbucketpolicystatus", "getobjectacl",
			"getobjectversionacl", "getobjecttagging", "getobjectversiontagging", "getobjectattributes",
			"getbucketversioning", "getbucketlogging", "getbucketwebsite", "getbuckettagging", "getbucketcors",
			"getencryptionconfiguration", "getlifecycleconfiguration", "getreplicationconfiguration",
			"getbucketpublicaccessblock", "getbucketownershipcontrols", "getobjectretention", "getobjectlegalhold",
			"getinventoryconfiguration", "getbucketnotification", "getbucketobjectlockconfiguration",
		}},
	}
}

// classOf is the worst class an action pattern reaches. Actions are compared without regard to case.
func classOf(pattern string) Access {
	pattern = strings.ToLower(pattern)
	if pattern == "*" {
		return Takeover
	}
	service, name, ok := strings.Cut(pattern, ":")
	if !ok || !(covers(service, "s3") || covers(service, "s3express")) {
		return NoAccess
	}
	for _, class := range s3Actions() {
		if slices.ContainsFunc(class.names, func(n string) bool { return covers(name, n) }) {
			return class.class
		}
	}
	switch { // an action the table does not name
	case strings.HasPrefix(name, "get"), strings.HasPrefix(name, "describe"):
		return Recon
	case strings.HasPrefix(name, "list"):
		return List
	case name == "":
		return NoAccess
	default:
		return Write
	}
}

// classExcept is the worst class left by a NotAction.
func classExcept(patterns []string) Access {
	lower := make([]string, len(patterns))
	for i, p := range patterns {
		lower[i] = strings.ToLower(p)
	}
	for _, class := range s3Actions() {
		if slices.ContainsFunc(class.names, func(n string) bool { return !coversAny(lower, "s3:"+n) }) {
			return class.class
		}
	}
	return NoAccess
}

// single reports whether resources name nothing but single objects.
func single(resources []string) bool {
	for _, r := range resources {
		_, path, ok := strings.Cut(r, ":s3:::")
		if !ok || wild(r) || !strings.Contains(path, "/") {
			return false
		}
	}
	return len(resources) > 0
}
