package reach

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// account is what GetAccountAuthorizationDetails says of one account. A list that is nil was not read.
type account struct {
	users, roles map[string]*identity // by ARN
	byName       map[string]*identity // roles, by name
	fault        string               // why it cannot be judged; empty if it can
	torn         bool                 // an entry of a list is so broken that it may be anyone's
}

// identity is one user or role with all that is attached to it.
type identity struct {
	arn, id  string
	policies []*document
	boundary *document // nil without one
	tags     map[string]string
	trust    *document // of a role
}

type detailLists struct {
	UserDetailList, GroupDetailList, RoleDetailList, Policies []jsontext.Value
}

type attached struct{ PolicyName, PolicyArn string }

type inline struct {
	PolicyName     string
	PolicyDocument jsontext.Value
}

type detail struct {
	Arn, UserName, RoleName, GroupName, Path        string
	UserID                                          string `json:"UserId"`
	RoleID                                          string `json:"RoleId"`
	UserPolicyList, RolePolicyList, GroupPolicyList []inline
	AttachedManagedPolicies                         []attached
	GroupList                                       []string
	PermissionsBoundary                             *struct{ PermissionsBoundaryArn string }
	Tags                                            []struct{ Key, Value string }
	AssumeRolePolicyDocument                        jsontext.Value
	fault                                           string
}

type managed struct {
	Arn               string
	DefaultVersionID  string `json:"DefaultVersionId"`
	PolicyVersionList []struct {
		Document         jsontext.Value
		VersionID        string `json:"VersionId"`
		IsDefaultVersion bool
	}
	fault string
}

// lenient reads what stands in a document twice too; what matters is read strictly once more.
func lenient() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// parseAccount reads the answer of one account. Each entry is judged on its own: one that is broken hides no other.
func parseAccount(raw jsontext.Value, id string) *account {
	var lists detailLists
	if err := json.Unmarshal(raw, &lists, lenient()); err != nil || raw.Kind() != '{' {
		return &account{fault: fmt.Sprintf("the authorization details of account %s cannot be read", id)}
	}
	r := &detailReader{managed: map[string]*document{}, boundaries: map[string]*document{}, groups: map[string][]*document{}, raw: map[string]managed{}}
	for _, p := range lists.Policies {
		m := entry[managed](p)
		if m.strict != nil {
			m.v.fault = "it is not well-formed"
		}
		r.raw[m.v.Arn] = m.v
	}
	for _, g := range lists.GroupDetailList {
		d := r.entry(g)
		r.groups[d.GroupName] = r.policies(d, "group/"+d.GroupName, d.GroupPolicyList)
	}
	a := &account{}
	if lists.UserDetailList != nil {
		a.users = map[string]*identity{}
	}
	for _, u := range lists.UserDetailList {
		d := r.entry(u)
		a.torn = a.torn || d.Arn == ""
		a.users[d.Arn] = r.identity(d, "user/"+d.UserName, d.UserID, d.UserPolicyList)
	}
	if lists.RoleDetailList != nil {
		a.roles, a.byName = map[string]*identity{}, map[string]*identity{}
	}
	for _, u := range lists.RoleDetailList {
		d := r.entry(u)
		a.torn = a.torn || d.Arn == "" || d.RoleName == ""
		role := r.identity(d, "role/"+d.RoleName, d.RoleID, d.RolePolicyList)
		a.roles[d.Arn], a.byName[d.RoleName] = role, role
	}
	return a
}

// detailReader resolves the names that entries give each other.
type detailReader struct {
	raw                 map[string]managed
	managed, boundaries map[string]*document
	groups              map[string][]*document
}

// parsed is one entry, and whether it has one meaning only.
type parsed[T any] struct {
	v      T
	strict error
}

// entry reads one entry of a list. Duplicate names inside of policies are the policies' own fault, judged apart.
func entry[T any](raw jsontext.Value) parsed[T] {
	var p parsed[T]
	if p.strict = json.Unmarshal(raw, &p.v); p.strict == nil {
		return p
	}
	var again T
	if err := json.Unmarshal(raw, &again, lenient()); err != nil {
		return p
	}
	p.v = again
	return p
}

func (r *detailReader) entry(raw jsontext.Value) detail {
	p := entry[detail](raw)
	if p.strict != nil {
		p.v.fault = fmt.Sprintf("the entry %s is not well-formed: %s", p.v.Arn, p.strict)
	}
	return p.v
}

func (r *detailReader) identity(d detail, prefix, id string, own []inline) *identity {
	who := &identity{arn: d.Arn, id: id, policies: r.policies(d, prefix, own), tags: map[string]string{}}
	for _, group := range d.GroupList {
		policies, ok := r.groups[group]
		if !ok {
			policies = []*document{missing(kindIdentity, "group/"+group, "the group "+group)}
		}
		who.policies = append(who.policies, policies...)
	}
	if d.PermissionsBoundary != nil {
		who.boundary = r.policy(d.PermissionsBoundary.PermissionsBoundaryArn, kindBoundary, r.boundaries)
	}
	for _, t := range d.Tags {
		who.tags[strings.ToLower(t.Key)] = t.Value
	}
	if strings.HasPrefix(prefix, "role/") {
		who.trust = policyOrGap(d.AssumeRolePolicyDocument, kindTrust, prefix)
	}
	return who
}

// policies are the inline and the attached policies of an entry.
func (r *detailReader) policies(d detail, prefix string, own []inline) []*document {
	var out []*document
	if d.fault != "" {
		out = append(out, &document{kind: kindIdentity, name: prefix, fault: d.fault})
	}
	for _, p := range own {
		out = append(out, policyOrGap(p.PolicyDocument, kindIdentity, prefix+"/"+p.PolicyName))
	}
	for _, p := range d.AttachedManagedPolicies {
		out = append(out, r.policy(p.PolicyArn, kindIdentity, r.managed))
	}
	return out
}

func policyOrGap(raw jsontext.Value, kind, name string) *document {
	if absent(raw) {
		return missing(kind, name, "the document of "+name)
	}
	return load(raw, kind, name)
}

// policy is the default version of a managed policy.
func (r *detailReader) policy(arn, kind string, known map[string]*document) *document {
	if d, ok := known[arn]; ok {
		return d
	}
	d := missing(kind, arn, "the policy "+arn)
	if m, ok := r.raw[arn]; ok {
		for _, v := range m.PolicyVersionList {
			if v.IsDefaultVersion || v.VersionID != "" && v.VersionID == m.DefaultVersionID {
				d = policyOrGap(v.Document, kind, arn)
				break
			}
		}
		if m.fault != "" {
			d.fault = fmt.Sprintf("the policy %s cannot be judged: %s", arn, m.fault)
		}
	}
	known[arn] = d
	return d
}

// absent reports whether a value was left out or is null: it was not read.
func absent(raw jsontext.Value) bool {
	return len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}
