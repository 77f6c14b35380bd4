package cloudtrail

import "bytes"

const (
	assumedRole = "AssumedRole"
	nobody      = "unknown"
)

// principal resolves the identity by its type, as the CloudTrail User Guide, "CloudTrail userIdentity element",
// lists them.
func (h *Header) principal() principal {
	p := principal{kind: firstOf(h.Type, nobody), arn: h.ARN, account: h.AccountID}
	switch string(h.Type) {
	case assumedRole:
		h.roleSession(&p)
	case "FederatedUser":
		p.session, p.issuer, p.person = lastPart(h.ARN), h.IssuerARN, true
		p.name = firstOf(p.session, nobody, h.UserName, h.PrincipalID)
	case "Root":
		p.name = []byte("root")
	case "SAMLUser":
		p.session = firstOf(h.UserName, "", h.PrincipalID)
		p.name, p.person = firstOf(p.session, nobody), true
	case "WebIdentityUser":
		p.session = firstOf(h.UserName, "", h.PrincipalID)
		p.name, p.person = firstOf(p.session, nobody), isEmail(p.session)
	case "IdentityCenterUser":
		p.session, p.person = h.OnBehalfOf, true
		p.name = firstOf(h.UserName, nobody, h.OnBehalfOf, h.PrincipalID)
	case "AWSAccount":
		h.otherAccount(&p)
	default:
		h.plainIdentity(&p)
	}
	return p
}

// plainIdentity resolves users, roles that act without a session, services, directories, and identities of no
// known type.
func (h *Header) plainIdentity(p *principal) {
	switch {
	case h.Service():
		p.arn = firstOf(h.InvokedBy, "", h.ARN)
		p.name = firstOf(h.InvokedBy, nobody, h.PrincipalID)
	case bytes.Contains(h.ARN, []byte(":assumed-role/")):
		p.kind = []byte(assumedRole)
		h.roleSession(p)
	default:
		p.name = firstOf(h.UserName, nobody, h.OnBehalfOf, lastPart(h.ARN), h.PrincipalID)
	}
}

// roleSession resolves arn:aws:sts::account:assumed-role/role/session, with the role as its issuer.
func (h *Header) roleSession(p *principal) {
	p.arn, p.issuer, p.session = h.IssuerARN, h.IssuerARN, lastPart(h.ARN)
	if _, session, ok := bytes.Cut(h.PrincipalID, []byte(":")); ok && len(p.session) == 0 {
		p.session = session
	}
	p.name = firstOf(h.IssuerName, "", lastPart(h.IssuerARN))
	if len(p.arn) == 0 {
		if _, after, ok := bytes.Cut(h.ARN, []byte(":assumed-role/")); ok {
			role, _, _ := bytes.Cut(after, []byte("/"))
			p.name, p.sessionARN = role, h.ARN
		}
	}
	if len(p.name) == 0 {
		role, _, _ := bytes.Cut(h.PrincipalID, []byte(":"))
		p.name = firstOf(role, nobody, h.UserName)
	}
	p.person = isPersonal(p.name, p.session)
}

// otherAccount resolves a caller of whom only the account is recorded, or who did not sign the request.
func (h *Header) otherAccount(p *principal) {
	if h.Anonymous() {
		p.name = []byte(Anonymous)
		return
	}
	id, session, _ := bytes.Cut(h.PrincipalID, []byte(":")) // "AROA…:session"
	p.session = session
	p.name = firstOf(h.UserName, nobody, lastPart(h.ARN), id, h.AccountID)
}

// Anonymous reports whether the caller did not sign the request.
func (h *Header) Anonymous() bool {
	if string(h.Type) != "AWSAccount" {
		return false
	}
	for _, id := range [...][]byte{h.AccountID, h.PrincipalID} {
		if bytes.EqualFold(id, []byte("ANONYMOUS_PRINCIPAL")) || bytes.EqualFold(id, []byte(Anonymous)) {
			return true
		}
	}
	return false
}

// isPersonal reports whether a role session is one person's: IAM Identity Center names its roles, and identity
// providers set the person's e-mail address as session name.
func isPersonal(role, session []byte) bool {
	return bytes.HasPrefix(role, []byte("AWSReservedSSO_")) || isEmail(session)
}

func isEmail(s []byte) bool {
	at := bytes.IndexByte(s, '@')
	return at > 0 && bytes.IndexByte(s[at:], '.') > 1
}

// lastPart is what follows the last slash of an ARN; empty if there is none.
func lastPart(arn []byte) []byte {
	slash := bytes.LastIndexByte(arn, '/')
	if slash < 0 {
		return nil
	}
	return arn[slash+1:]
}

// firstOf is text, or the first of others that is not empty, or otherwise.
func firstOf(text []byte, otherwise string, others ...[]byte) []byte {
	if len(text) > 0 {
		return text
	}
	for _, t := range others {
		if len(t) > 0 {
			return t
		}
	}
	return []byte(otherwise)
}
