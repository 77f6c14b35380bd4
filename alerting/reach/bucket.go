package reach

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// The answers.
const (
	Yes         = "yes"         // it succeeds with nothing more than what the documents say
	Conditional = "conditional" // it succeeds if each of the conditions comes out right
	No          = "no"          // it fails under every circumstance that the documents leave open
	Unknown     = "unknown"     // a document that could change the answer was not read or cannot be understood
)

// Ask is one question.
type Ask struct {
	// Principal is an ARN of a user, a role, a role session or an account's root user; "anonymous"; "any-aws"; a service;
	// and for sts: actions "oidc:HOST" or "saml:ARN".
	Principal string `json:"principal"`
	Action    string `json:"action"`   // an IAM action, such as s3:GetObject
	Resource  string `json:"resource"` // "bucket", "object:KEY" or "role:NAME"
	// At is the moment date conditions are judged at. They are conditions without it.
	At time.Time `json:"at,omitzero"`
}

// Answer says whether a call succeeds, and why.
type Answer struct {
	Answer  string  `json:"answer"` // yes, conditional, no or unknown
	Because Because `json:"because"`
	// Conditions are the condition keys that must come out right, besides "other-account" and "session-name"; sorted.
	Conditions []string  `json:"conditions"`
	Limits     []Because `json:"limits"` // what narrows a grant
	Error      string    `json:"error"`  // of unknown: which document, and why
}

// Because is the statement or the gate that decides.
type Because struct {
	Kind      string `json:"kind"`
	Policy    string `json:"policy"`    // ARN, user/NAME/INLINE, group/NAME/INLINE, role/NAME/INLINE, bucket, access point or key
	Statement string `json:"statement"` // its Sid, or its index from 0
}

// Bucket is one bucket with the documents that decide about it. It remembers what it worked out, so one Bucket serves one
// goroutine.
type Bucket struct {
	name, account, partition string
	docs                     *Documents
	public                   truth // whether the bucket policy is public, as S3 defines it
	found                    map[call]map[*document][]*statement
}

// NewBucket makes a bucket of an account, in a partition such as "aws", ready to be asked about.
func NewBucket(name, account, partition string, docs *Documents) *Bucket {
	b := &Bucket{name: name, account: account, partition: cmp.Or(partition, "aws"), docs: docs, found: map[call]map[*document][]*statement{}}
	b.public = b.isPublic(docs.policy)
	return b
}

// isPublic says whether a policy is public as S3 defines the word.
func (b *Bucket) isPublic(d *document) truth {
	switch {
	case d == nil:
		return never()
	case d.policy == nil || d.fault != "":
		return unread(d.gap())
	}
	own := exposure.Own{OrganizationID: b.docs.organization.value}
	for id := range b.docs.known {
		own.Accounts = append(own.Accounts, id)
	}
	slices.Sort(own.Accounts)
	switch exposure.Evaluate(exposure.Input{Account: b.account, Own: own, Policy: d.policy}).Public {
	case exposure.Yes:
		return always()
	case exposure.No:
		return never()
	default:
		return unread(d.gap())
	}
}

// call is what a question comes down to: one action on one resource.
type call struct {
	action   string // in lower case
	resource string // ARN
	account  string // that owns the resource
	key      bool   // it is the use of a KMS key for a call to S3
}

// query is one question on its way through one door.
type query struct {
	*Bucket
	caller caller
	owner  string
	call   call
	object string // the object's key; empty for the bucket
	at     time.Time
	door   door
}

// door is the way to the bucket: directly, through an access point, or through one that was not read.
type door struct {
	point  *point
	unread *gap
}

// Ask answers one question.
func (b *Bucket) Ask(a Ask) Answer {
	q, fault := b.query(a)
	if fault != "" {
		return Answer{Answer: Unknown, Because: Because{Kind: kindDocument}, Error: fault}.complete()
	}
	if q.caller.nobody {
		return Answer{Answer: No, Because: Because{Kind: kindNone}}.complete()
	}
	if name, ok := strings.CutPrefix(a.Resource, "role:"); ok {
		return q.named(q.trust(name).answer())
	}
	out := q.through()
	for _, d := range q.doors() {
		if out.state == yes {
			break
		}
		q.door = d
		out = out.better(q.through())
	}
	return q.named(out.answer())
}

// named names the bucket or the key where a document stands for it.
func (q *query) named(a Answer) Answer {
	name := func(b *Because) {
		switch {
		case b.Policy != "":
		case b.Kind == kindBucket, b.Kind == kindACL:
			b.Policy = q.name
		case b.Kind == kindKMS:
			b.Policy = q.docs.encryption.value.Key
		}
	}
	name(&a.Because)
	for i := range a.Limits {
		name(&a.Limits[i])
	}
	return a
}

// query reads a question; fault says why it makes no sense.
func (b *Bucket) query(a Ask) (q *query, fault string) {
	c, ok := parseCaller(a.Principal)
	q = &query{Bucket: b, caller: c, owner: b.account, at: a.At}
	action := strings.ToLower(a.Action)
	arn := "arn:" + b.partition + ":s3:::" + b.name
	q.call = call{action: action, resource: arn, account: b.account}
	key, object := strings.CutPrefix(a.Resource, "object:")
	switch {
	case !ok:
		return q, "the principal " + a.Principal + " is no ARN of a user, role, session or root user, no service and no provider"
	case b.name == "" || !isAccount(b.account):
		return q, "the bucket or the id of its account is missing"
	case strings.ContainsAny(action, "*? "):
		return q, "the action " + a.Action + " is none"
	case strings.HasPrefix(a.Resource, "role:"):
		if name := strings.TrimPrefix(a.Resource, "role:"); !strings.HasPrefix(action, "sts:assumerole") || name == "" {
			return q, "a role is asked about with sts:AssumeRole… only"
		}
	case !strings.HasPrefix(action, "s3:") || action == "s3:":
		return q, "the action " + a.Action + " is none of a bucket or an object"
	case c.kind == federated:
		return q, "a provider's users call S3 with a role"
	case object && (key == "" || !onObjects(action)):
		return q, "the action " + a.Action + " is none of an object"
	case !object && (a.Resource != "bucket" || onObjects(action)):
		return q, "the action " + a.Action + " is none of a " + a.Resource
	case object:
		q.object, q.call.resource = key, arn+"/"+key
	}
	q.caller.resolve(b.docs, b.account)
	return q, ""
}

// onObjects reports whether an action, in lower case, is one of objects ("Actions defined by Amazon S3": resource types).
func onObjects(action string) bool {
	switch action {
	case "s3:abortmultipartupload", "s3:listmultipartuploadparts", "s3:bypassgovernanceretention", "s3:replicatedelete", "s3:replicatetags",
		"s3:initiatereplication":
		return true
	}
	return strings.Contains(action, "object") && !strings.Contains(action, "bucketobjectlock")
}

// doors are the ways to the bucket besides the direct one. Access points take signed calls only, to read, write and list.
func (q *query) doors() []door {
	switch q.call.action {
	case "s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads", "s3:getbucketlocation":
	default:
		if q.object == "" {
			return nil
		}
	}
	if q.caller.kind == anonymous {
		return nil
	}
	var out []door
	points := q.docs.points
	for i := range points.value {
		out = append(out, door{point: &points.value[i]})
	}
	if points.fault != "" {
		out = append(out, door{unread: &gap{kindPoint, "", points.fault}})
	}
	return out
}
