package exposure

import "strings"

// s3Actions lists S3 actions that stand for all others of a class of access, in lower case with a space before each.
// Takeover are those by which a stranger grants themselves the rest; Write those that change or destroy what is
// stored.
func s3Actions(class Access) string {
	switch class {
	case Takeover:
		return " putbucketpolicy putbucketacl putobjectacl putobjectversionacl putbucketpublicaccessblock " +
			"putbucketownershipcontrols putaccesspointpolicy putaccesspointpolicyforobjectlambda " +
			"putmultiregionaccesspointpolicy putaccountpublicaccessblock objectowneroverridetobucketowner"
	case Write:
		return " putobject deleteobject deleteobjectversion deletebucket deletebucketpolicy restoreobject " +
			"replicateobject replicatedelete replicatetags putobjecttagging deleteobjecttagging " +
			"putobjectversiontagging putobjectretention putobjectlegalhold bypassgovernanceretention " +
			"putlifecycleconfiguration putreplicationconfiguration putencryptionconfiguration putbucketversioning " +
			"putbucketlogging putbucketnotification putbucketcors putbucketwebsite deletebucketwebsite " +
			"putbuckettagging putbucketobjectlockconfiguration abortmultipartupload putinventoryconfiguration " +
			"putanalyticsconfiguration putaccelerateconfiguration createbucket initiatereplication " +
			"updateobjectencryption renameobject"
	case Read:
		return " getobject getobjectversion getobjecttorrent getobjectversionforreplication"
	case List:
		return " listbucket listbucketversions listbucketmultipartuploads listmultipartuploadparts listallmybuckets"
	case Recon:
		return " getbucketlocation getbucketacl getbucketpolicy getbucketpolicystatus getobjectacl " +
			"getobjectversionacl getobjecttagging getobjectversiontagging getobjectattributes getbucketversioning " +
			"getbucketlogging getbucketwebsite getbuckettagging getbucketcors getencryptionconfiguration " +
			"getlifecycleconfiguration getreplicationconfiguration getbucketpublicaccessblock " +
			"getbucketownershipcontrols getobjectretention getobjectlegalhold getinventoryconfiguration " +
			"getbucketnotification getbucketobjectlockconfiguration"
	default:
		return ""
	}
}

// worstAction is the worst class of which some action fits, of those that begin with the prefix.
func worstAction(prefix string, fits func(name string) bool) (Access, bool) {
	prefix = " " + prefix
	for class := Takeover; class > NoAccess; class-- {
		for names := s3Actions(class); ; {
			at := strings.Index(names, prefix)
			if at < 0 {
				break
			}
			names = names[at+1:]
			if name, _, _ := strings.Cut(names, " "); fits(name) {
				return class, true
			}
		}
	}
	return NoAccess, false
}

// classOf is the worst class an action pattern reaches. Actions are compared without regard to case.
func classOf(pattern string) Access {
	pattern = strings.ToLower(pattern)
	if pattern == "*" {
		return Takeover
	}
	service, name, ok := strings.Cut(pattern, ":")
	if !ok || !covers(service, "s3") && !covers(service, "s3express") {
		return NoAccess
	}
	prefix := name
	if at := strings.IndexAny(name, "*?"); at >= 0 {
		prefix = name[:at]
	}
	if class, ok := worstAction(prefix, func(n string) bool { return covers(name, n) }); ok {
		return class
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
	patterns = lower(patterns)
	class, _ := worstAction("", func(n string) bool { return !coversAny(patterns, "s3:"+n) })
	return class
}

func lower(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strings.ToLower(t)
	}
	return out
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
