package builtin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// verdict is the type of detect.Rule.Match.
type verdict = func(in *detect.Input) *detect.Hit

// events names calls of one service, given by the first label of its event source.
func events(service string, names ...string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = service + ".amazonaws.com/" + name
	}
	return out
}

// done is the verdict for calls that say it all by having succeeded; refused ones are not told. what follows the actor's
// name, with {} where the object stands: "deleted IAM role {}"; subject lists the request parameters, the first present of
// which names the object.
func done(what string, subject ...string) verdict {
	return func(in *detect.Input) *detect.Hit {
		if in.Record.Failed() {
			return nil
		}
		return tried(what, subject...)(in)
	}
}

// tried is done for calls whose refusal is a sign as well: it is told as an attempt.
func tried(what string, subject ...string) verdict {
	return func(in *detect.Input) *detect.Hit { return say(in, what, param(in, subject...)) }
}

// say makes the hit of a call that succeeded, was denied or was stopped by a limit; what and about are as of done. Calls
// that AWS made for itself, and calls that failed for any other reason, are nothing to tell: nil.
func say(in *detect.Input, what, about string) *detect.Hit {
	if ownService(in.Record) {
		return nil
	}
	hit := &detect.Hit{Bucket: in.Record.Bucket(), Resource: about}
	switch {
	case !in.Record.Failed():
		hit.Detail = who(in.Record) + " " + placed(what, about) + "."
	case refused(in.Record), stopped(in.Record):
		hit.Attempt = true
		hit.Detail = failure(in.Record, about)
	default:
		return nil
	}
	return hit
}

// placed puts an object where {} stands. Without an object its place is left out, with the space before it; a word that
// cannot end a sentence is followed by "an unnamed resource".
func placed(what, object string) string {
	if object != "" {
		return strings.ReplaceAll(what, "{}", object)
	}
	before, after, found := strings.Cut(what, "{}")
	if !found {
		return what
	}
	before = strings.TrimRight(before, " :")
	switch last := before[strings.LastIndexByte(before, ' ')+1:]; last {
	case "of", "on", "in", "to", "for", "from", "through", "with":
		before += " an unnamed resource"
	}
	return before + after
}

// naming says more of what a failed call was about than the object's name.
func naming(in *detect.Input, about string, hit *detect.Hit) *detect.Hit {
	if hit != nil && hit.Attempt {
		hit.Detail = failure(in.Record, about)
	}
	return hit
}

// failure says that a call failed. That nothing changed is added where the whole is told.
func failure(rec *cloudtrail.Record, about string) string {
	call := rec.EventName
	if about != "" {
		call += " on " + about
	}
	code := cmp.Or(rec.ErrorCode, "no error code")
	if refused(rec) {
		return fmt.Sprintf("%s was denied %s (%s).", who(rec), call, code)
	}
	return fmt.Sprintf("%s called %s, which failed (%s).", who(rec), call, code)
}

// at sets a severity other than the rule's own; nil stays nil.
func at(severity alert.Severity, hit *detect.Hit) *detect.Hit {
	if hit != nil {
		hit.Severity, hit.Exact = severity, true
		if hit.Attempt {
			hit.Severity = severity.Lower()
		}
	}
	return hit
}

// episode gives the hit the name of the state that was entered, so that its end can be recognised.
func episode(name string, hit *detect.Hit) *detect.Hit {
	if hit != nil && !hit.Attempt {
		hit.Episode = name
	}
	return hit
}

// over is the hit of a call that ended an episode; nil if the call failed.
func over(in *detect.Input, name, what string) *detect.Hit {
	if in.Record.Failed() {
		return nil
	}
	return &detect.Hit{
		Episode: name, Closes: true, Bucket: in.Record.Bucket(),
		Detail: fmt.Sprintf("%s %s.", who(in.Record), strings.TrimSpace(strings.ReplaceAll(what, "  ", " "))), // an object without a name
	}
}

// unknownPrincipal is the actor of a record that names none, at the beginning of a sentence.
const unknownPrincipal = "An unknown principal"

// who names the actor as people would.
func who(rec *cloudtrail.Record) string {
	switch a := rec.Actor(); {
	case a.Session != "" && a.Human:
		return a.Session
	case a.Name == cloudtrail.Anonymous:
		return "An anonymous request"
	case a.Name == "" || a.Name == alert.Unknown:
		return unknownPrincipal
	default:
		return a.Name
	}
}

// ownService reports whether an AWS service acted for itself: under its own identity, or under a role only
// it can take. A service that acts for somebody, like CloudFormation, is that somebody's tool.
func ownService(rec *cloudtrail.Record) bool {
	return rec.Actor().Service || strings.Contains(rec.UserIdentity.SessionIssuer.ARN, ":role/aws-service-role/")
}

// refused reports whether a call failed for lack of permission.
func refused(rec *cloudtrail.Record) bool { return refusal(rec.ErrorCode) }

func refusal(code string) bool {
	switch code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation",
		"UnauthorizedAccess", "Client.UnauthorizedAccess", "NotAuthorized", "AuthorizationError", "AuthorizationErrorException":
		return true
	}
	return false
}

// stopped reports whether a call failed for a limit that stands against anybody who makes it: a guard of the organization
// or of the resource, a quota, or a resource that AWS manages. What was tried is as telling as a call that was denied.
func stopped(rec *cloudtrail.Record) bool {
	code := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(rec.ErrorCode, "Client."), "Server."), "Exception")
	switch code {
	case "RequestLimitExceeded", "BandwidthLimitExceeded": // too many calls at once
		return false
	case "NotOrganizationMasterAccount", "NotOrganizationManagementAccount", "OrganizationAccessDenied", "MasterCannotLeaveOrganization",
		"ConstraintViolation", "PolicyChangesInProgress", "AccountNotRegistered",
		"ManagedRule", "UnmodifiableEntity", "OperationNotPermitted", "EventDataStoreTerminationProtected", "SnapshotLocked",
		"MaxSpotInstanceCountExceeded", "InsufficientInstanceCapacity", "PendingVerification", "OptInRequired", "Blocked":
		return true
	}
	for _, end := range []string{"LimitExceeded", "QuotaExceeded", "LimitExceededFault", "QuotaExceededFault"} {
		if strings.HasSuffix(code, end) {
			return true
		}
	}
	switch code {
	case "BadRequest", "InvalidInput", "InvalidRequest", "Validation", "InvalidParameterCombination", "InvalidParameterValue", "Conflict":
		// These are for mistakes as well; of a guard the message speaks.
		message := strings.ToLower(rec.ErrorMessage)
		return slices.ContainsFunc([]string{
			"organization", "administrator account", "delegated admin", "managed by", "deletion protection", "deletionprotection",
			"termination protection", "vault lock", "service-linked", "quota",
		}, func(guard string) bool { return strings.Contains(message, guard) })
	}
	return false
}

// param is the first present of the request parameters; a dotted name leads into the tree.
func param(in *detect.Input, names ...string) string {
	for _, name := range names {
		if text := in.Record.RequestParameters.Get(strings.Split(name, ".")...).Text(); text != "" {
			return text
		}
	}
	return ""
}

// lastPart is what follows the last slash or colon of an ARN; a plain name stays whole.
func lastPart(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// feeds reports whether a bucket, queue, topic or rule, by ARN, URL or name, is one this daemon lives on.
func feeds(in *detect.Input, name string) bool {
	if name == "" {
		return false
	}
	for _, feed := range in.Settings.Feeds {
		if feed == name || lastPart(feed) == lastPart(name) {
			return true
		}
	}
	return false
}

// notByStack passes over calls a service made for somebody: stacks, backups and other tools tidy up their own.
func notByStack(v verdict) verdict {
	return func(in *detect.Input) *detect.Hit {
		if in.Record.UserIdentity.InvokedBy != "" {
			return nil
		}
		return v(in)
	}
}

// unlessUsual passes over calls the actor is known to make: for deeds that are somebody's daily work. An actor of
// whom too little is known is told.
func unlessUsual(v verdict) verdict {
	return func(in *detect.Input) *detect.Hit {
		h := in.Facts.History
		if h.Known && !h.Learning && h.Calls >= usualCalls && !slices.Contains(h.First, "call") {
			return nil
		}
		return v(in)
	}
}

// ifNamed passes over records of network activity that do not name what the call was about: there the record of the call
// itself tells it.
func ifNamed(v verdict, subject ...string) verdict {
	return func(in *detect.Input) *detect.Hit {
		if in.Record.NetworkActivity() && param(in, subject...) == "" {
			return nil
		}
		return v(in)
	}
}

// usualCalls is how often an actor must have made a call before it counts as its daily work.
const usualCalls = 5

// policyAt is the policy document at the first of the paths that holds one, which may be JSON or JSON as text;
// empty if there is none.
func policyAt(in *detect.Input, paths ...string) []byte {
	for _, path := range paths {
		v := in.Record.RequestParameters.Get(strings.Split(path, ".")...)
		if text := v.Text(); strings.HasPrefix(strings.TrimSpace(text), "{") {
			return []byte(text)
		}
		if v.IsObject() {
			return v.Raw()
		}
	}
	return nil
}

// opening judges a resource policy as S3 would judge its own: who is let in. The verdict is empty if there is no
// document; a document that cannot be read has an Error.
func opening(in *detect.Input, doc []byte) exposure.Verdict {
	if len(doc) == 0 {
		return exposure.Verdict{}
	}
	policy, err := exposure.ParsePolicy(doc)
	if err != nil {
		return exposure.Verdict{Error: err.Error()}
	}
	return exposure.Evaluate(exposure.Input{Account: in.Record.OwnerAccount(), Own: in.Settings.Own, Policy: policy})
}

// sharedPolicy is the verdict on calls that give a resource a policy: told if it lets in the public, or others that are
// not known to be one's own, themselves or through an AWS service. kind is the resource as AWS names it; paths are where
// the document stands among the request parameters.
func sharedPolicy(kind string, paths []string, subject ...string) verdict {
	return func(in *detect.Input) *detect.Hit {
		v := opening(in, policyAt(in, paths...))
		return lastingPolicy(in, v, sharing(in, v, kind, param(in, subject...)), paths, subject)
	}
}

// sharing tells of a policy's verdict, the worst first.
func sharing(in *detect.Input, v exposure.Verdict, kind, about string) *detect.Hit {
	others := v.Others()
	if len(others) == 0 || v.Severity < alert.Low {
		return nil
	}
	var hit *detect.Hit
	switch v.Reach {
	case exposure.Internet, exposure.AnyAWS, exposure.AnyVPC:
		hit = say(in, fmt.Sprintf("made %s {} accessible to %s", kind, listed(others)), about)
	default:
		hit = at(min(v.Severity, alert.Medium), say(in, fmt.Sprintf("shared %s {} with %s", kind, listed(others)), lastPart(about)))
	}
	if hit != nil {
		hit.Grant = v.Grants[0].Name
	}
	return hit
}

// listed joins names as prose: "a, b and c"; what would be too many is counted.
func listed(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// externals names the accounts of a list that are not one's own, as a part of a sentence: "external account 444455556666",
// "external accounts 444455556666 and 777788889999"; empty if there are none.
func externals(in *detect.Input, accounts []string) string {
	var out []string
	for _, account := range accounts {
		if account != "" && !ownAccount(in, account) && !slices.Contains(out, account) {
			out = append(out, account)
		}
	}
	switch len(out) {
	case 0:
		return ""
	case 1:
		return "external account " + out[0]
	default:
		return "external accounts " + listed(out)
	}
}

// reading reports whether a call only looks: CloudTrail says so, or its name does where CloudTrail says nothing.
func reading(rec *cloudtrail.Record) bool {
	if rec.ReadOnly {
		return true
	}
	for _, verb := range []string{"Get", "List", "Describe", "Head", "Lookup", "Search", "BatchGet"} {
		if strings.HasPrefix(rec.EventName, verb) {
			return true
		}
	}
	return false
}

// ownAccount reports whether an account is the resource's, the one whose trail has the record, or a known one. The
// caller's is not: who was let in from outside may give more to their own account.
func ownAccount(in *detect.Input, account string) bool {
	trail := cmp.Or(in.Record.RecipientAccountID, in.Record.UserIdentity.AccountID)
	return account == in.Record.OwnerAccount() || account == trail || slices.Contains(in.Settings.Own.Accounts, account)
}

// byPerson reports whether the identity says that a person acted: a user of its own, or a federated session.
func byPerson(rec *cloudtrail.Record) bool {
	switch rec.UserIdentity.Type {
	case "IAMUser", "FederatedUser", "Root", "SAMLUser", "WebIdentityUser", "IdentityCenterUser":
		return true
	}
	return rec.Actor().Human
}
