package story

import (
	"cmp"
	"strings"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Keys gives what the story of an event is found by, the first that has one counts: the access key that was used, then who
// used it. The last is the actor itself. There is none for an unknown principal, an unsigned request and an AWS service.
func Keys(account string, a cloudtrail.Actor, rec *cloudtrail.Record) []string {
	own := identity(a)
	if own == "" {
		return nil
	}
	var out []string
	if id := rec.UserIdentity.AccessKeyID; id != "" {
		out = append(out, key(account, "key", id))
	}
	if a.Type == "AssumedRole" && a.Key() != a.ARN { // a person, in a role that a story may have made
		out = append(out, key(account, made, role(a)))
	}
	return append(out, key(account, own))
}

// identity names an actor, whatever path its user or role has: records of sign-ins and of sessions leave paths out.
func identity(a cloudtrail.Actor) string {
	name := strings.ToLower(a.Name)
	switch {
	case a.Service, name == "", name == "unknown", name == cloudtrail.Anonymous, strings.HasPrefix(a.Name, "HIDDEN_DUE_TO_SECURITY_REASONS"):
		return ""
	case a.Type == "AWSAccount": // of whom only the account is known
		return "caller\x00" + a.Key()
	case a.Type == "Root":
		return "root\x00" + a.AccountID
	case a.Type == "IAMUser":
		return user(a.AccountID, a.Name)
	case a.Type == "FederatedUser" && strings.Contains(a.Issuer, ":user/"):
		return user(a.AccountID, a.Issuer[strings.LastIndexByte(a.Issuer, '/')+1:])
	case a.Type == "AssumedRole" && a.Key() == a.ARN:
		return role(a)
	case a.Type == "AssumedRole":
		return role(a) + "\x00" + a.Session
	}
	return "principal\x00" + a.Key()
}

// made begins the key of a role that was made, for sessions that are kept apart by the person behind them.
const made = "made"

func user(account, name string) string { return "user\x00" + account + "\x00" + name }

func role(a cloudtrail.Actor) string { return "role\x00" + a.AccountID + "\x00" + a.Name }

// Name is what people call the actor of a story.
func Name(a cloudtrail.Actor) string { return cmp.Or(a.Session, a.Name, a.ARN, "unknown") }

// Made gives what a call made that can act in its turn, as keys by which its story is found: a user, a role, an access key or a
// password. It is empty for a call that failed.
func Made(account string, rec *cloudtrail.Record) []string {
	if rec.Failed() || rec.EventSource != "iam.amazonaws.com" {
		return nil
	}
	in, out := rec.RequestParameters, rec.ResponseElements
	owner := rec.OwnerAccount()
	switch rec.EventName {
	case "CreateUser", "CreateLoginProfile":
		if name := in.Get("userName").Text(); name != "" {
			return []string{key(account, user(owner, name))}
		}
	case "CreateRole":
		if name := in.Get("roleName").Text(); name != "" {
			of := role(cloudtrail.Actor{AccountID: owner, Name: name})
			return []string{key(account, of), key(account, made, of)}
		}
	case "CreateAccessKey":
		if id := out.Get("accessKey").Get("accessKeyId").Text(); id != "" {
			return []string{key(account, "key", id)}
		}
	}
	return nil
}

// ToItself reports whether a call changed the rights of the user or role that made it.
func ToItself(a cloudtrail.Actor, rec *cloudtrail.Record) bool {
	in := rec.RequestParameters
	name := ""
	switch a.Type {
	case "IAMUser":
		name = in.Get("userName").Text()
	case "AssumedRole":
		name = in.Get("roleName").Text()
	}
	return name != "" && name == a.Name && rec.EventSource == "iam.amazonaws.com" && rec.OwnerAccount() == a.AccountID
}

func key(parts ...string) string { return strings.Join(parts, "\x00") }
