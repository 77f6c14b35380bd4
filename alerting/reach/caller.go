package reach

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// callerKind is what a caller is.
type callerKind int8

const (
	user callerKind = iota
	role
	roleSession
	root
	anonymous
	anyAWS
	service
	federated
)

// caller is who asks.
type caller struct {
	kind      callerKind
	name      string // of the user or role; of the service; the provider of a federated caller
	session   string // of a session
	account   string
	partition string
	arn       string // as asked
	principal string // what aws:PrincipalArn says: of a session its role's ARN
	id        string // the unique id; empty if it is not known

	identity *identity // what is attached to it; nil if that was not read, or there is nothing
	gap      *gap      // why its own side is not known, of an account of our own
	other    bool      // it is of another account, which was not read
	nobody   bool      // its account was read, and there is no such user or role
}

// parseCaller reads the principal of a question.
func parseCaller(text string) (c caller, ok bool) {
	c = caller{arn: text, name: text}
	switch {
	case text == "anonymous":
		c.kind = anonymous
		return c, true
	case text == "any-aws":
		c.kind = anyAWS
		return c, true
	case strings.HasPrefix(text, "oidc:"), strings.HasPrefix(text, "saml:"):
		c.kind, c.name = federated, text[len("oidc:"):]
		return c, c.name != ""
	case !strings.Contains(text, ":"):
		c.kind = service
		return c, strings.HasSuffix(text, ".amazonaws.com") || strings.HasSuffix(text, ".amazonaws.com.cn")
	}
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[3] != "" || !isAccount(parts[4]) || strings.ContainsAny(text, "*?") {
		return c, false
	}
	c.partition, c.account, c.principal = parts[1], parts[4], text
	kind, rest, _ := strings.Cut(parts[5], "/")
	c.name = rest[strings.LastIndexByte(rest, '/')+1:]
	switch {
	case parts[2] == "iam" && parts[5] == "root":
		c.kind = root
		return c, true
	case parts[2] == "iam" && kind == "user":
		c.kind = user
	case parts[2] == "iam" && kind == "role":
		c.kind = role
	case parts[2] == "sts" && kind == "assumed-role":
		c.kind = roleSession
		c.name, c.session, _ = strings.Cut(rest, "/")
		c.principal = "arn:" + c.partition + ":iam::" + c.account + ":role/" + c.name
		return c, c.name != "" && c.session != ""
	default:
		return c, false
	}
	return c, c.name != ""
}

func isAccount(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}

// aRole reports whether the caller calls with a role.
func (c *caller) aRole() bool { return c.kind == role || c.kind == roleSession }

// serviceLinked reports whether the caller is a service-linked role, which the path tells.
func (c *caller) serviceLinked() bool {
	return c.aRole() && strings.Contains(c.principal, ":role/aws-service-role/")
}

// resolve looks the caller up in what was read of its account.
func (c *caller) resolve(d *Documents, owner string) {
	if c.account == "" {
		return
	}
	a, ok := d.accounts[c.account]
	lists := map[string]*identity(nil)
	switch {
	case !ok && c.account != owner:
		c.other = true
		return
	case c.kind == root:
		return
	case !ok:
		c.gap = &gap{kindIdentity, "", "the users and roles of account " + c.account + " were not read"}
		return
	case a.fault != "":
		c.gap = &gap{kindIdentity, "", a.fault}
		return
	case c.kind == user:
		lists = a.users
	case c.kind == role:
		lists = a.roles
	default:
		lists = a.byName
	}
	if lists == nil {
		c.gap = &gap{kindIdentity, "", "the list that " + c.arn + " stands in was not read"}
		return
	}
	key := c.arn
	if c.kind == roleSession {
		key = c.name
	}
	c.identity, ok = lists[key]
	switch {
	case ok:
		c.principal, c.id = c.identity.arn, c.identity.id
	case a.torn:
		c.gap = &gap{kindIdentity, "", "an entry of the list that " + c.arn + " may stand in is not well-formed"}
	default:
		c.nobody = true
	}
}

// way is how a principal of a resource's policy means a caller; what is granted in different ways is limited differently.
type way int8

const (
	nobody    way = iota
	byAccount     // it names the caller's account, which decides itself
	byRole        // it names the role, which its boundary limits
	directly
)

// naming is a way, and whether it is so.
type naming struct {
	way
	truth
}

// naming says how a principal means the caller.
func (q *query) naming(p exposure.Principal) naming {
	c := &q.caller
	switch p.Type {
	case "Service":
		return naming{directly, decided(c.kind == service && p.ID == c.name)}
	case "CanonicalUser":
		return q.canonical(p.ID)
	case "Federated":
		provider := p.ID == c.name || strings.HasPrefix(p.ID, "arn:") && strings.HasSuffix(p.ID, ":"+q.owner+":oidc-provider/"+c.name)
		return naming{directly, decided(c.kind == federated && (provider || p.ID == "*"))}
	}
	switch {
	case p.ID == "*":
		return naming{directly, always()}
	case c.account == "":
		return naming{}
	case p.ID == c.account, p.ID == "arn:"+c.partition+":iam::"+c.account+":root":
		return naming{byAccount, always()}
	case c.id != "" && p.ID == c.id:
		return naming{q.personal(), always()}
	case c.kind == user, c.kind == role && p.ID == c.arn:
		return naming{q.personal(), decided(p.ID == c.arn)}
	case c.kind == roleSession && p.ID == c.arn:
		return naming{directly, always()}
	case c.aRole():
		return q.namingRole(p.ID)
	default:
		return naming{}
	}
}

// personal is the way of a principal that is the caller's own.
func (q *query) personal() way {
	if q.caller.aRole() {
		return byRole
	}
	return directly
}

// namingRole says how an ARN means a role or a session of it.
func (q *query) namingRole(arn string) naming {
	c := &q.caller
	if name, ok := strings.CutPrefix(arn, "arn:"+c.partition+":sts::"+c.account+":assumed-role/"+c.name+"/"); ok && c.kind == role && name != "" {
		return naming{directly, openOn(session)}
	}
	if c.identity != nil || c.kind == role {
		return naming{byRole, decided(arn == c.principal)}
	}
	// A session's ARN leaves out the path of a role that was not read.
	path, ok := strings.CutPrefix(arn, "arn:"+c.partition+":iam::"+c.account+":role/")
	switch {
	case !ok || path[strings.LastIndexByte(path, '/')+1:] != c.name:
		return naming{}
	case path == c.name && c.gap == nil:
		return naming{byRole, always()}
	case c.gap != nil:
		return naming{byRole, unread(*c.gap)}
	default:
		return naming{byRole, openOn(otherAccount)}
	}
}

// anonymousID is the canonical user id of callers without credentials.
const anonymousID = "65a011a29cdf8ec533ec3d1ccaae921c"

// canonical says whether a canonical user id stands for the caller's account.
func (q *query) canonical(id string) naming {
	c := &q.caller
	switch {
	case c.kind == anonymous:
		return naming{directly, decided(id == anonymousID)}
	case c.account == "":
		return naming{}
	}
	if own := q.docs.known[c.account].CanonicalID; own != "" {
		return naming{byAccount, decided(id == own)}
	}
	for _, a := range q.docs.known {
		if a.CanonicalID == id {
			return naming{}
		}
	}
	if c.account == q.owner {
		return naming{} // naming the own account grants nothing, whatever its id is
	}
	return naming{byAccount, unread(gap{kindDocument, "", "the canonical id of account " + c.account + " is not known"})}
}

// names says how a statement means the caller: each way at most once.
func (q *query) names(s *statement) (out [directly + 1]truth) {
	if s.NotPrincipal {
		out[directly] = q.excepted(s).not()
		return out
	}
	for _, p := range s.Principals {
		n := q.naming(p)
		out[n.way] = out[n.way].or(n.truth)
	}
	out[nobody] = never()
	return out
}

// meant says whether a statement means the caller in any way.
func (q *query) meant(s *statement) truth {
	ways := q.names(s)
	return ways[byAccount].or(ways[byRole]).or(ways[directly])
}

// excepted says whether NotPrincipal leaves the caller out: with its account, its user or role, and its session, each of
// which must be named ("IAM JSON policy elements: NotPrincipal"). A principal with a boundary never is, of a Deny.
func (q *query) excepted(s *statement) truth {
	c := &q.caller
	if slices.ContainsFunc(s.Principals, func(p exposure.Principal) bool { return p.ID == "*" }) {
		return always()
	}
	if c.kind == anonymous || c.kind == service || c.kind == federated || c.kind == anyAWS {
		t := never()
		for _, p := range s.Principals {
			t = t.or(q.naming(p).truth)
		}
		return t
	}
	if s.Deny && c.identity != nil && c.identity.boundary != nil {
		return never()
	}
	var account, own, named truth
	for _, p := range s.Principals {
		n := q.naming(p)
		sessions := strings.Contains(p.ID, ":assumed-role/")
		switch {
		case n.way == byAccount:
			account = account.or(n.truth)
		case sessions:
			named = named.or(n.truth)
		case n.way != nobody:
			own = own.or(n.truth)
		}
	}
	switch {
	case c.kind == root:
		return account
	case c.aRole():
		return account.and(own).and(named)
	case s.Deny && c.gap != nil:
		return account.and(own).and(unread(*c.gap)) // it may have a boundary
	default:
		return account.and(own)
	}
}
