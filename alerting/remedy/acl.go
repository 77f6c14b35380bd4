package remedy

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

const logDelivery = "LogDelivery"

var errGrantee = errors.New("the ACL has a grantee that no request can name")

// shared are the grants of an ACL to others than its owner, each judged alone.
func shared(acl *exposure.ACL, path exposure.Path) (grants []exposure.ACLGrant, judged []exposure.Grant) {
	for _, g := range acl.Grants {
		if acl.IsOwner(g.Grantee) {
			continue
		}
		alone := exposure.ACL{Owner: "owner", Grants: []exposure.ACLGrant{g}}
		in := exposure.Input{ACL: &alone}
		if path == exposure.ObjectACLPath {
			in = exposure.Input{ObjectACL: &alone}
		}
		grants, judged = append(grants, g), append(judged, exposure.Evaluate(in).Grants[0])
	}
	return grants, judged
}

// reduced is an ACL without some of its grants.
func reduced(acl *exposure.ACL, dropped []exposure.ACLGrant) exposure.ACL {
	out := *acl
	out.Grants = slices.DeleteFunc(slices.Clone(acl.Grants), func(g exposure.ACLGrant) bool { return slices.Contains(dropped, g) })
	return out
}

// restoresACL reports whether a former ACL may take the place of a reduced one: it has all of its grants, is not public,
// and gives nobody outside anything that the present one does not give.
func restoresACL(former, present, kept *exposure.ACL) bool {
	if former.Fault != "" || former.OwnerID() == "" || present.OwnerID() != "" && former.OwnerID() != present.OwnerID() {
		return false
	}
	stays, _ := shared(kept, exposure.ACLPath)
	given, _ := shared(present, exposure.ACLPath)
	gives, judged := shared(former, exposure.ACLPath)
	if slices.ContainsFunc(stays, func(g exposure.ACLGrant) bool { return !slices.Contains(gives, g) }) {
		return false
	}
	for i, g := range gives {
		if judged[i].Public || judged[i].Foreign && !slices.Contains(given, g) {
			return false
		}
	}
	return true
}

// aclRequest is the ACL as the members of PutBucketAcl's input: canned, as a body, or as grant headers where the owner's
// id was not told.
func aclRequest(acl *exposure.ACL) (string, error) {
	others, _ := shared(acl, exposure.ACLPath)
	if len(others) == 0 {
		return `{"ACL":"private"}`, nil
	}
	owner := acl.OwnerID()
	if owner == "" {
		for _, name := range []string{"public-read", "public-read-write", "authenticated-read", "log-delivery-write", "aws-exec-read"} {
			if canned, err := exposure.CannedACL(name); err == nil && slices.Equal(canned.Grants, acl.Grants) {
				return `{"ACL":"` + name + `"}`, nil
			}
		}
		return aclHeaders(acl)
	}
	type grantee struct {
		Type         string `json:"Type"`
		ID           string `json:"ID,omitempty"`
		URI          string `json:"URI,omitempty"`
		EmailAddress string `json:"EmailAddress,omitempty"`
	}
	type grant struct {
		Grantee    grantee `json:"Grantee"`
		Permission string  `json:"Permission"`
	}
	var doc struct {
		Policy struct {
			Grants []grant `json:"Grants"`
			Owner  struct {
				ID string `json:"ID"`
			} `json:"Owner"`
		} `json:"AccessControlPolicy"`
	}
	doc.Policy.Owner.ID = owner
	for _, g := range acl.Grants {
		to := grantee{Type: "CanonicalUser", ID: g.Grantee}
		switch kind, name := granteeKind(g.Grantee); {
		case acl.IsOwner(g.Grantee):
			to.ID = owner
		case kind == "":
			return "", errGrantee
		case kind == "uri":
			to = grantee{Type: "Group", URI: name}
		case kind == "emailAddress":
			to = grantee{Type: "AmazonCustomerByEmail", EmailAddress: name}
		}
		doc.Policy.Grants = append(doc.Policy.Grants, grant{to, g.Permission})
	}
	return text(doc)
}

// aclHeaders are the grants by permission, as the grant headers take them.
func aclHeaders(acl *exposure.ACL) (string, error) {
	doc := map[string]string{}
	for _, g := range acl.Grants {
		kind, name := granteeKind(g.Grantee)
		if kind == "" {
			return "", errGrantee
		}
		header := map[string]string{
			"READ": "GrantRead", "WRITE": "GrantWrite", "READ_ACP": "GrantReadACP", "WRITE_ACP": "GrantWriteACP", "FULL_CONTROL": "GrantFullControl",
		}[g.Permission]
		if doc[header] != "" {
			doc[header] += ","
		}
		doc[header] += kind + `="` + name + `"`
	}
	return text(doc)
}

// granteeKind is how requests name a grantee of the state; empty for one that they cannot name.
func granteeKind(grantee string) (kind, name string) {
	switch {
	case grantee == logDelivery, grantee == "AllUsers", grantee == "AuthenticatedUsers":
		folder := "global/"
		if grantee == logDelivery {
			folder = "s3/"
		}
		return "uri", "http://acs.amazonaws.com/groups/" + folder + grantee
	case strings.ContainsAny(grantee, " \"',\\/") || grantee == "owner":
		return "", ""
	case strings.Contains(grantee, "@"):
		return "emailAddress", grantee
	default:
		return "id", grantee
	}
}

// text is a value as compact JSON in which nothing is escaped that need not be.
func text(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", errShape
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
