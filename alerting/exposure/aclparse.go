package exposure

import (
	"fmt"
	"slices"
	"strings"
)

// ownerID stands for the bucket's owner where its canonical id was not told.
const ownerID = "owner"

// ParseACL reads an ACL in any of its JSON shapes: the answer of GetBucketAcl, the body of PutBucketAcl as
// CloudTrail records it, grant headers by name, or a canned ACL as {"canned": "public-read"}. Documents without
// one clear meaning are an error; what is only half understood is told in the ACL's Fault.
func ParseACL(doc []byte) (*ACL, error) {
	n, err := parseJSON(doc)
	if err != nil {
		return nil, fmt.Errorf("acl: %w", err)
	}
	return aclOf(n)
}

// CannedACL is what a canned ACL stands for ("Canned ACL" in the S3 User Guide).
func CannedACL(name string) (*ACL, error) {
	acl := &ACL{Owner: ownerID, Grants: []ACLGrant{{ownerID, "FULL_CONTROL"}}}
	switch name {
	case "private", "bucket-owner-read", "bucket-owner-full-control":
	case "public-read":
		acl.give(allUsers, "READ")
	case "public-read-write":
		acl.give(allUsers, "READ")
		acl.give(allUsers, "WRITE")
	case "authenticated-read":
		acl.give(authenticatedUsers, "READ")
	case "aws-exec-read":
		acl.give(execReader, "READ")
	case "log-delivery-write":
		acl.give(logDelivery, "WRITE")
		acl.give(logDelivery, "READ_ACP")
	default:
		return nil, fmt.Errorf("acl: %q is no canned ACL", clip(name))
	}
	return acl, nil
}

func (a *ACL) give(grantee, permission string) {
	g := ACLGrant{grantee, permission}
	if !slices.Contains(a.Grants, g) {
		a.Grants = append(a.Grants, g)
	}
}

func (a *ACL) fault(format string, args ...any) {
	if a.Fault == "" {
		a.Fault = fmt.Sprintf(format, args...)
	}
}

func aclOf(n node) (*ACL, error) {
	switch n.kind {
	case '"':
		if strings.HasPrefix(strings.TrimSpace(n.text), "{") {
			return ParseACL([]byte(n.text))
		}
		return CannedACL(n.text)
	case '[':
		acl := &ACL{}
		acl.read(n)
		return acl, nil
	case '{':
		return aclObject(n)
	default:
		return nil, fmt.Errorf("acl: %s where an object is expected", n.what())
	}
}

func aclObject(n node) (*ACL, error) {
	for _, name := range []string{"canned", "x-amz-acl"} {
		if c, ok := n.get(name); ok && c.first().text != "" {
			return aclOf(c.first())
		}
	}
	if inner, ok := n.get("AccessControlPolicy"); ok {
		return aclOf(inner.first())
	}
	acl := &ACL{}
	if owner, ok := n.get("Owner"); ok {
		id, _ := owner.first().get("ID")
		acl.Owner = id.first().text
	}
	found := false
	named := n.members
	if list, ok := n.get("AccessControlList"); ok {
		found = true
		named = slices.Concat(named, list.first().members)
	}
	for _, m := range named {
		switch name := strings.ToLower(m.name); {
		case name == "grants", name == "grant":
			found = true
			acl.read(m.node)
		case strings.HasPrefix(name, "x-amz-grant-"):
			found = true
			acl.header(name, m.first().text)
		}
	}
	if !found {
		return nil, fmt.Errorf("acl: it names no grants")
	}
	return acl, nil
}

// read takes grants as objects; one alone may stand for a list of one.
func (a *ACL) read(grants node) {
	for _, g := range grants.list() {
		if g.kind == 0 || g.kind == '"' && g.text == "" || g.kind == 'n' {
			continue
		}
		grantee, _ := g.get("Grantee")
		permission, _ := g.get("Permission")
		a.grant(granteeName(grantee.first()), permission.first().text)
	}
	const most = 100
	if len(a.Grants) > most {
		a.fault("it has more than %d grants", most)
	}
}

func (a *ACL) grant(grantee, permission string) {
	if grantee == "" {
		a.fault("a grant names no grantee")
		return
	}
	if !slices.Contains([]string{"READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"}, permission) {
		a.fault("S3 has no permission %q", clip(permission))
	}
	if strings.Contains(grantee, "/groups/") {
		a.fault("S3 has no group %q", clip(grantee))
	}
	a.give(grantee, permission)
}

// granteeName is a grantee's id, e-mail address or group.
func granteeName(n node) string {
	if n.kind == '"' {
		return groupOf(n.text)
	}
	for _, name := range []string{"URI", "ID", "EmailAddress"} {
		if v, ok := n.get(name); ok && v.first().text != "" {
			return groupOf(v.first().text)
		}
	}
	return ""
}

// groupOf is the predefined group of a URI; other text is returned as it is.
func groupOf(uri string) string {
	switch {
	case strings.HasSuffix(uri, "/groups/global/AllUsers"):
		return allUsers
	case strings.HasSuffix(uri, "/groups/global/AuthenticatedUsers"):
		return authenticatedUsers
	case strings.HasSuffix(uri, "/groups/s3/LogDelivery"):
		return logDelivery
	default:
		return uri
	}
}

// header reads one x-amz-grant header: uri="…", id="…", emailAddress="…", separated by commas.
func (a *ACL) header(name, value string) {
	permission := strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(name, "x-amz-grant-"), "-", "_"))
	for part := range strings.SplitSeq(value, ",") {
		key, grantee, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			if part != "" {
				a.fault("the header %s is not of the form id=\"…\"", name)
			}
			continue
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "uri", "id", "emailaddress":
			a.grant(groupOf(strings.Trim(strings.TrimSpace(grantee), `"'`)), permission)
		default:
			a.fault("the header %s names a grantee by %q", name, clip(key))
		}
	}
}

// get finds a member by name, exactly first, then without regard to case: records spell some names both ways.
func (n node) get(name string) (node, bool) {
	for _, m := range n.members {
		if m.name == name {
			return m.node, true
		}
	}
	for _, m := range n.members {
		if strings.EqualFold(m.name, name) {
			return m.node, true
		}
	}
	return node{}, false
}

// first is the only element of a list of one, else the node itself.
func (n node) first() node {
	if n.kind == '[' && len(n.items) == 1 {
		return n.items[0]
	}
	return n
}
