package exposure

import (
	"cmp"
	"errors"
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
		return nil, fmt.Errorf("acl: unknown canned ACL %q", clip(name))
	}
	return acl, nil
}

// give adds a grant, once. Of more than S3 stores, those to its groups are kept alone.
func (a *ACL) give(grantee, permission string) {
	const most = 100
	g := ACLGrant{grantee, permission}
	if slices.Contains(a.Grants, g) {
		return
	}
	if len(a.Grants) >= most {
		a.fault("more than %d grants", most)
		if group(grantee) == "" {
			return
		}
	}
	a.Grants = append(a.Grants, g)
}

func (a *ACL) fault(format string, args ...any) {
	if a.Fault == "" {
		a.Fault = fmt.Sprintf(format, args...)
	}
}

func aclOf(n node) (*ACL, error) {
	acl := &ACL{}
	switch n.kind {
	case '"':
		if strings.HasPrefix(strings.TrimSpace(n.text), "{") {
			return ParseACL([]byte(n.text))
		}
		return CannedACL(n.text)
	case '[':
		acl.read(n)
		return acl, nil
	case '{':
		found, err := acl.object(n)
		if err == nil && !found {
			err = errNoGrants
		}
		return acl, err
	default:
		return nil, fmt.Errorf("acl: %s where an object is expected", n.what())
	}
}

var errNoGrants = errors.New("acl: no grants found")

// object takes everything an object grants, by whatever of its members: S3 takes no two ways at once, so whoever
// finds two must believe both. found reports whether there was any. What it has read counts beside an error.
func (a *ACL) object(n node) (found bool, err error) {
	for _, m := range n.members {
		switch name := strings.ToLower(m.name); {
		case name == "canned", name == "x-amz-acl":
			for _, c := range m.list() {
				if c.text != "" {
					found = true
					err = cmp.Or(err, a.canned(c.text))
				}
			}
		case name == "accesscontrolpolicy":
			found = true
			inner, faulty := aclOf(m.first())
			err = cmp.Or(err, faulty)
			if inner != nil {
				a.add(inner)
			}
		case name == "owner":
			id, _ := m.first().get("ID")
			a.Owner = id.first().text
		case name == "accesscontrollist", name == "grants", name == "grant":
			found = true
			a.read(m.node)
		case strings.HasPrefix(name, "x-amz-grant-"):
			found = true
			for _, value := range m.list() {
				a.header(name, value.text)
			}
		}
	}
	return found, err
}

func (a *ACL) canned(name string) error {
	acl, err := CannedACL(name)
	if err == nil {
		a.add(acl)
	}
	return err
}

// add takes over what another ACL says.
func (a *ACL) add(o *ACL) {
	a.Owner, a.Fault = cmp.Or(a.Owner, o.Owner), cmp.Or(a.Fault, o.Fault)
	for _, g := range o.Grants {
		a.give(g.Grantee, g.Permission)
	}
}

// read takes grants as objects, alone or in lists, or objects that hold some.
func (a *ACL) read(grants node) {
	for _, g := range grants.list() {
		grantee, one := g.get("Grantee")
		permission, _ := g.get("Permission")
		switch {
		case g.kind == 0 || g.kind == '"' && g.text == "" || g.kind == 'n':
		case one:
			a.grant(granteeName(grantee.first()), permission.first().text)
		case len(g.members) == 1 && g.members[0].name == "xmlns": // an empty list
		default:
			if found, err := a.object(g); err != nil || !found && len(g.members) > 0 || g.kind != '{' {
				a.fault("a grant has no grantee")
			}
		}
	}
}

func (a *ACL) grant(grantee, permission string) {
	const longest = 512 // an address may have 320
	switch {
	case grantee == "":
		a.fault("a grant has no grantee")
		return
	case len(grantee) > longest:
		a.fault("a grantee's name has %d characters", len(grantee))
		grantee = strings.ToValidUTF8(grantee[:longest], "")
	}
	if !slices.Contains([]string{"READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"}, permission) {
		a.fault("unknown ACL permission %q", clip(permission))
		permission = clip(permission)
	}
	if strings.Contains(grantee, "/groups/") {
		a.fault("unknown ACL group %q", clip(grantee))
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
				a.fault("header %s must have the form id=\"…\"", name)
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
