package remedy

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// saying is what one principal or grantee is given, in words.
type saying struct {
	key       string // the same before and after
	who, what string
	public    bool
	live      bool // as far as is known
	accesses  []exposure.Access
}

// said is what the documents of a standing give, part by part; of a policy that cannot be judged nothing.
func (c *closing) said(s *exposure.Standing) []saying {
	var out []saying
	r, path := c.state.resource(c.target), c.policyPath()
	works := func(path exposure.Path, grant exposure.Grant) bool {
		for _, g := range s.Verdict.Grants {
			if g.Path == path && g.Public == grant.Public && g.Reach == grant.Reach {
				return g.Live != exposure.No
			}
		}
		return s.Live[path] != exposure.No
	}
	if s.Policy != "" && c.target.Scope != exposure.ObjectScope {
		if p, err := readPolicy(r, s.Policy); err == nil {
			for _, one := range p.parts {
				out = append(out, saying{
					key: partKey(&one.statement), who: principal(&one.statement), what: actions(&one.statement),
					public: one.grant.Public, live: works(path, one.grant), accesses: accesses(r, one.statement),
				})
			}
		}
	}
	if s.ACLSeen && c.target.Scope != exposure.AccessPointScope {
		grants, judged := shared(&s.ACL, c.aclPath())
		for i, g := range grants {
			out = append(out, saying{
				key: g.Grantee + " " + g.Permission, who: grantee(g.Grantee), what: g.Permission,
				public: judged[i].Public, live: works(c.aclPath(), judged[i]), accesses: []exposure.Access{judged[i].Access},
			})
		}
	}
	return out
}

// partKey is the same for two parts that say the same.
func partKey(st *exposure.Statement) string {
	return fmt.Sprint(st.NotPrincipal, names(st), st.NotAction, st.Actions, st.NotResource, st.Resources, terms(st))
}

// accesses are what each action of a statement is for.
func accesses(r exposure.Resource, st exposure.Statement) []exposure.Access {
	if st.NotAction {
		return []exposure.Access{r.Grants(&exposure.Policy{Statements: []exposure.Statement{st}})[0].Access}
	}
	var alone exposure.Policy
	for _, action := range st.Actions {
		st.Actions = []string{action}
		alone.Statements = append(alone.Statements, st)
	}
	var out []exposure.Access
	for _, g := range r.Grants(&alone) {
		out = append(out, g.Access)
	}
	return out
}

// principal is whom a statement of one principal lets in, in short: "role app", "account 444455556666".
func principal(st *exposure.Statement) string {
	if len(st.Principals) == 0 || st.NotPrincipal {
		return "everyone but the named"
	}
	kind, id := st.Principals[0].Type, st.Principals[0].ID
	switch parts := strings.SplitN(id, ":", 6); {
	case kind == "Service" && len(st.Conditions) > 0:
		c := st.Conditions[0]
		return "service " + clip(id) + " (" + clip(c.Key) + " " + clip(strings.Join(c.Values, ", ")) + ")"
	case kind == "Service":
		return "service " + clip(id)
	case kind == "Federated":
		return "identity provider " + clip(id)
	case kind == "CanonicalUser":
		return "canonical user " + clip(id)
	case id == "*" && len(st.Conditions) > 0:
		c := st.Conditions[0]
		return "everyone limited by " + clip(c.Key) + " " + clip(strings.Join(c.Values, ", "))
	case id == "*":
		return "everyone"
	case len(parts) == 6 && parts[5] == "root":
		return "account " + clip(parts[4])
	case len(parts) == 6:
		return clip(strings.Replace(parts[5], "/", " ", 1))
	case len(id) == 12 && strings.Trim(id, "0123456789") == "":
		return "account " + id
	default:
		return clip(id)
	}
}

// actions are the first of a statement's actions.
func actions(st *exposure.Statement) string {
	const most = 2
	all, more := st.Actions, ""
	if len(all) > most {
		more = fmt.Sprintf(" and %d more", len(all)-most)
		all = all[:most]
	}
	text := clip(strings.Join(all, ", ")) + more
	if st.NotAction {
		return "all but " + text
	}
	return text
}

// grantee is a grantee of an ACL in a sentence.
func grantee(name string) string {
	switch kind, _ := granteeKind(name); kind {
	case "id":
		return "canonical user " + clip(name)
	case "emailAddress":
		return "the account of " + clip(name)
	default:
		return clip(name)
	}
}
