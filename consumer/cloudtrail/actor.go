package cloudtrail

import "bytes"

// Anonymous is the name of a caller who did not sign the request.
const Anonymous = "anonymous"

// Actor is who acted, resolved from a userIdentity: the same person or machine gives the same Key whatever
// session or access key was used.
type Actor struct {
	ARN       string // principal: the user, the role behind a session, the root ARN; else the service host
	Type      string // userIdentity.type, or "unknown"
	Name      string // user or role name, service host, "root", "anonymous" or "unknown"
	Session   string // role session name: the person behind SSO and federated roles
	Issuer    string // ARN of the role or user behind a session
	AccountID string // the actor's own account
	// Human is true only when the identity itself says so: an SSO or federated session, or a console sign-in.
	// False means not known to be human, never known to be a machine.
	Human bool
	// Service is true when an AWS service acted for itself. A role session that a service brokered
	// (AppStream, for one) is the role's: whoever sits behind the broker decides what it does.
	Service bool
}

// Key is the identity history is kept under, never empty: role and session for people behind SSO and federated
// roles, the role alone for other sessions, whose names vary, the ARN of users, the host of services.
func (a Actor) Key() string {
	p := principal{
		kind: []byte(a.Type), arn: []byte(a.ARN), account: []byte(a.AccountID), name: []byte(a.Name), session: []byte(a.Session),
	}
	return string(p.appendKey(nil))
}

// Actor resolves who acted.
func (r *Record) Actor() Actor {
	u := r.UserIdentity
	h := Header{
		EventSource: []byte(r.EventSource), EventName: []byte(r.EventName),
		Type: []byte(u.Type), PrincipalID: []byte(u.PrincipalID), ARN: []byte(u.ARN), AccountID: []byte(u.AccountID),
		UserName: []byte(u.UserName), InvokedBy: []byte(u.InvokedBy), OnBehalfOf: []byte(u.OnBehalfOf),
		IssuerType: []byte(u.SessionIssuer.Type), IssuerARN: []byte(u.SessionIssuer.ARN), IssuerName: []byte(u.SessionIssuer.UserName),
	}
	return h.Actor()
}

// Actor resolves who acted, as Record.Actor does.
func (h *Header) Actor() Actor {
	p := h.principal()
	a := Actor{
		ARN: string(p.appendARN(nil)), Type: string(p.kind), Name: string(p.name), Session: string(p.session),
		Issuer: string(p.issuer), AccountID: string(p.account),
		Human: p.person || h.consoleSignIn(), Service: h.Service(),
	}
	if p.sessionARN != nil {
		a.Issuer = a.ARN
	}
	return a
}

// AppendActorKey appends the Key of the record's Actor.
func (h *Header) AppendActorKey(dst []byte) []byte {
	p := h.principal()
	return p.appendKey(dst)
}

// AppendRoleKey appends what all sessions of a role share, whoever the person behind each is; of any other actor its
// Key. It depends on nothing but the Key.
func (h *Header) AppendRoleKey(dst []byte) []byte {
	p := h.principal()
	if string(p.kind) != assumedRole || len(p.name) == 0 {
		return p.appendKey(dst)
	}
	from := len(dst)
	dst = p.appendARN(dst)
	if at := bytes.Index(dst[from:], []byte(":role/")); at >= 0 {
		dst = dst[:from+at] // a role's path is not recorded with every session
	}
	return append(append(dst, '/'), p.name...)
}

// consoleSignIn reports whether the record is a sign-in to the console: only people see that page.
func (h *Header) consoleSignIn() bool {
	return string(h.EventSource) == "signin.amazonaws.com" && string(h.EventName) == "ConsoleLogin"
}

// principal is a resolved identity whose slices alias the header's.
type principal struct {
	kind       []byte // userIdentity.type, or "unknown"
	arn        []byte // of the user, role or root; the host of a service; empty if unknown
	sessionARN []byte // what the role's ARN is made of, where the issuer is not recorded; else nil
	account    []byte
	name       []byte
	session    []byte
	issuer     []byte
	person     bool // the identity is a person's
}

// appendKey appends the identity for history; see Actor.Key.
func (p *principal) appendKey(dst []byte) []byte {
	if len(p.arn) == 0 && p.sessionARN == nil {
		for _, part := range [...][]byte{p.kind, p.account, p.name} {
			dst = append(append(dst, part...), ':')
		}
		return dst[:len(dst)-1]
	}
	dst = p.appendARN(dst)
	if string(p.kind) == assumedRole && isPersonal(p.name, p.session) {
		dst = append(append(dst, '/'), p.session...)
	}
	return dst
}

// appendARN appends the principal's ARN. One made of a session ARN lacks the role's path, which is not recorded.
func (p *principal) appendARN(dst []byte) []byte {
	if p.sessionARN == nil {
		return append(dst, p.arn...)
	}
	before, _, _ := bytes.Cut(p.sessionARN, []byte(":assumed-role/"))
	if partition, account, ok := bytes.Cut(before, []byte(":sts:")); ok {
		dst = append(append(append(dst, partition...), ":iam:"...), account...)
	} else {
		dst = append(dst, before...)
	}
	return append(append(dst, ":role/"...), p.name...)
}
