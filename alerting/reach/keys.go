package reach

import (
	"strconv"
	"strings"
	"time"
)

// presence says whether a call has a key.
type presence int8

const (
	present   presence = iota
	absentKey          // it has not
	perhaps            // it may have
	chosen             // the caller decides: over the internet it has not
)

// value is what is known of a condition key of the call.
type value struct {
	presence
	texts []string // its values; none if they are not known
	// pattern says that the only text is a pattern, in which * stands for what is not known.
	pattern bool
	// never reports whether the key is known to differ from a value, whatever it is. May be nil.
	never func(text string) bool
	gap   *gap // why it is not known, of our own
}

func known(texts ...string) value { return value{texts: texts} }

func unknown() value { return value{presence: perhaps} }

func lacking() value { return value{presence: absentKey} }

// open is what a condition on the key depends on.
func (v value) open(name string) truth {
	if v.gap != nil {
		return unread(*v.gap)
	}
	return openOn(name)
}

// value is what the call has for a key, given in lower case.
func (q *query) value(key string) value {
	switch key {
	case "aws:securetransport":
		return known("true")
	case "s3:tlsversion":
		return known("1.3")
	case "aws:resourceaccount", "s3:resourceaccount":
		return known(q.call.account)
	case "aws:resourceorgid":
		return q.resourceOrganization()
	case "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:accesspointnetworkorigin":
		return q.pointValue(key)
	case "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths":
		return value{presence: chosen}
	case "kms:viaservice":
		if key := strings.Split(q.call.resource, ":"); q.call.key && len(key) > 3 && key[1] != "aws-cn" {
			return known("s3." + key[3] + ".amazonaws.com")
		}
		return unknown()
	case "kms:calleraccount":
		return q.principalValue("aws:principalaccount")
	case "aws:currenttime":
		if !q.at.IsZero() {
			return known(q.at.UTC().Format(time.RFC3339))
		}
		return value{}
	case "aws:epochtime":
		if !q.at.IsZero() {
			return known(strconv.FormatInt(q.at.Unix(), 10))
		}
		return value{}
	}
	return q.principalValue(key)
}

func (q *query) resourceOrganization() value {
	o := q.docs.organization
	switch {
	case o.fault != "":
		return value{presence: perhaps, gap: &gap{kindDocument, "", o.fault}}
	case o.value == "":
		return lacking()
	default:
		return known(o.value)
	}
}

func (q *query) pointValue(key string) value {
	switch {
	case q.door.unread != nil:
		return value{presence: present, gap: q.door.unread}
	case q.door.point == nil:
		return lacking()
	case key == "s3:dataaccesspointaccount":
		return known(q.door.point.account)
	case key == "s3:dataaccesspointarn":
		return known(q.door.point.arn)
	case q.door.point.vpc:
		return known("VPC")
	default:
		return known("Internet")
	}
}

// principalValue is what the call has for a key of its principal ("AWS global condition context keys": properties of the
// principal, and the table of principal key values).
func (q *query) principalValue(key string) value {
	c := &q.caller
	ofPrincipal := strings.HasPrefix(key, "aws:principal") || key == "aws:username" || key == "aws:userid"
	switch {
	case c.kind == anonymous:
		return anonymousValue(key)
	case !ofPrincipal:
		return unknown()
	case strings.HasPrefix(key, "aws:principaltag/"):
		return q.tag(strings.TrimPrefix(key, "aws:principaltag/"))
	case key == "aws:principalisawsservice":
		return known(strconv.FormatBool(c.kind == service))
	case key == "aws:principalservicename", key == "aws:principalservicenameslist":
		if c.kind == service {
			return known(c.name)
		}
		return lacking()
	case c.kind == service:
		return lacking()
	case c.kind == anyAWS:
		return q.outsider(key)
	case c.kind == federated:
		return unknown()
	}
	switch key {
	case "aws:principalarn":
		return q.principalARN()
	case "aws:principalaccount":
		return known(c.account)
	case "aws:principaltype":
		return known([]string{"User", "AssumedRole", "AssumedRole", "Account"}[c.kind])
	case "aws:username":
		if c.kind == user {
			return known(c.name)
		}
		return lacking()
	case "aws:userid":
		return q.userID()
	case "aws:principalorgid":
		return q.organization()
	default:
		return unknown()
	}
}

// anonymousValue is what a call without credentials has.
func anonymousValue(key string) value {
	switch key {
	case "aws:principalaccount", "aws:userid":
		return known("anonymous")
	case "aws:principaltype":
		return known("Anonymous")
	case "aws:username", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime", "aws:sourceidentity",
		"aws:federatedprovider", "aws:assumedroot":
		return lacking()
	}
	if strings.HasPrefix(key, "aws:principal") {
		return lacking()
	}
	return unknown()
}

// outsider is what a caller of an account that nobody here knows has: whatever is named in full is not it.
func (q *query) outsider(key string) value {
	v := value{presence: present}
	switch key {
	case "aws:principalaccount":
		v.never = func(text string) bool { return isAccount(text) || text == "anonymous" }
	case "aws:principalarn":
		v.texts, v.pattern = []string{"arn:*:*::*:*"}, true
		v.never = func(text string) bool {
			parts := strings.SplitN(text, ":", 6)
			return len(parts) == 6 && isAccount(parts[4])
		}
	case "aws:userid":
		v.never = func(text string) bool { return !strings.ContainsAny(text, "*?$") }
	case "aws:principaltype":
		v.never = func(text string) bool { return strings.EqualFold(text, "Anonymous") }
	case "aws:principalorgid":
		v.presence = perhaps
		v.never = func(text string) bool { return !strings.ContainsAny(text, "*?$") }
	default:
		return unknown()
	}
	return v
}

func (q *query) principalARN() value {
	c := &q.caller
	if c.kind != roleSession || c.identity != nil {
		return known(c.principal)
	}
	return value{texts: []string{"arn:" + c.partition + ":iam::" + c.account + ":role/*" + c.name}, pattern: true, gap: c.gap}
}

func (q *query) userID() value {
	c := &q.caller
	switch id := c.id; {
	case c.kind == root:
		return known(c.account)
	case c.kind == user && id != "":
		return known(id)
	case c.kind == user:
		return value{texts: []string{"AIDA*"}, pattern: true, gap: c.gap}
	case c.kind == roleSession && id != "":
		return known(id + ":" + c.session)
	case c.kind == roleSession:
		return value{texts: []string{"AROA*:" + c.session}, pattern: true, gap: c.gap}
	case id != "":
		return value{texts: []string{id + ":*"}, pattern: true}
	default:
		return value{texts: []string{"AROA*:*"}, pattern: true, gap: c.gap}
	}
}

// organization is the organization of the caller's account.
func (q *query) organization() value {
	own := q.resourceOrganization()
	account, ok := q.docs.known[q.caller.account]
	switch {
	case q.caller.account == q.owner, ok && account.InOrganization:
		return own
	case !ok && q.docs.knownFault != "":
		return value{presence: perhaps, gap: &gap{kindDocument, "", q.docs.knownFault}}
	case !ok:
		return unknown()
	case len(own.texts) == 0:
		return value{presence: perhaps, gap: own.gap}
	default:
		return value{presence: perhaps, never: func(text string) bool { return text == own.texts[0] }} // it may be of another
	}
}

// tag is a tag of the caller. A session of a role can carry others than the role.
func (q *query) tag(name string) value {
	c := &q.caller
	switch {
	case c.kind == service || c.kind == root:
		return lacking()
	case c.kind != user || c.other:
		return unknown()
	case c.gap != nil:
		return value{presence: perhaps, gap: c.gap}
	case c.identity == nil:
		return unknown()
	}
	if text, ok := c.identity.tags[name]; ok {
		return known(text)
	}
	return lacking()
}
