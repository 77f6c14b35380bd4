package alerting_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// house is S3 as its documents describe it, for one account of an organization in which two people make and delete
// buckets, each with one object that may have an ACL and one access point.
type house struct {
	block        [4]bool
	organization bool // an S3 policy of the organization blocks public access
	buckets      map[string]room
}

type room struct {
	block               [4]bool
	enforced            bool
	acl, object, policy string // grants; see policyOf and aclOf
	point               string // policy of the access point; empty: there is none
}

func (h *house) clone() *house {
	c := *h
	c.buckets = maps.Clone(h.buckets)
	return &c
}

// reached is who reaches a resource: the public, named others.
type reached struct{ public, shared bool }

// open is who reaches what: by resource, such as b1, b1/k and b1-point.
func (h *house) open() map[string]reached {
	out := map[string]reached{}
	for name, b := range h.buckets {
		blocked := func(flag int) bool { return b.block[flag] || h.block[flag] || h.organization }
		tell := func(resource, grant string, ignored, restricted bool) {
			r := out[resource]
			public := grant == "public" || grant == "both"
			r.public = r.public || public && !ignored && !restricted
			r.shared = r.shared || !ignored && (grant == "both" && !restricted || !public && grant != "private" && grant != "")
			out[resource] = r
		}
		tell(name, b.acl, b.enforced, blocked(1))
		tell(name, b.policy, false, blocked(3))
		tell(name+"/k", b.object, b.enforced, blocked(1))
		tell(name+"-point", b.point, false, blocked(3))
	}
	return out
}

// op is one call, drawn before anybody knows what S3 makes of it.
type op struct {
	actor, bucket, what, grant string
	flags                      [4]bool
}

// record is what CloudTrail writes of an op.
type record struct {
	source, account, event, params, response, code string
}

func drawOp(t *rapid.T) op {
	o := op{
		actor:  rapid.SampledFrom([]string{"alice", "bob"}).Draw(t, "actor"),
		bucket: rapid.SampledFrom([]string{"b1", "b2"}).Draw(t, "bucket"),
		what: rapid.SampledFrom([]string{
			"account block", "organization on", "organization off", "bucket block", "no bucket block", "acl", "acl", "object", "no object", "upload", "policy", "policy", "no policy",
			"point", "point", "no point", "enforced", "writer", "delete",
		}).Draw(t, "call"),
	}
	grants := []string{"public", "public", "private", "foreign"}
	if o.what == "policy" || o.what == "point" {
		grants = append(grants, "both", "org", "range", "service")
	}
	o.grant = rapid.SampledFrom(grants).Draw(t, "grant")
	for n := range o.flags {
		o.flags[n] = rapid.IntRange(0, 2).Draw(t, blockFlags[n]) == 0
	}
	return o
}

// do is what S3 makes of a call: it changes the house unless it refuses.
func (h *house) do(o op) record {
	s3 := func(event, params, code string) record {
		return record{"s3.amazonaws.com", "111122223333", event, params, "", code}
	}
	organizations := func(event, params, response string) record {
		return record{"organizations.amazonaws.com", "900000000001", event, params, response, ""}
	}
	switch o.what {
	case "account block":
		h.block = o.flags
		return s3("PutAccountPublicAccessBlock", block(o.flags), "")
	case "organization on":
		h.organization = true
		return organizations("AttachPolicy", `"policyId":"p-1","targetId":"111122223333"`, "")
	case "organization off":
		h.organization = false
		return organizations("DetachPolicy", `"policyId":"p-1","targetId":"111122223333"`, "")
	case "organization made":
		return organizations("CreatePolicy", `"type":"S3_POLICY","content":"{\"s3_attributes\":{\"public_access_block_configuration\":{\"@@assign\":\"all\"}}}"`,
			`"policy":{"policySummary":{"id":"p-1","type":"S3_POLICY"}}`)
	}
	b, there := h.buckets[o.bucket]
	if !there {
		h.buckets[o.bucket] = room{block: [4]bool{true, true, true, true}, enforced: true, acl: "private", object: "private", policy: "private"}
		return s3("CreateBucket", fmt.Sprintf(`"bucketName":%q`, o.bucket), "")
	}
	event, params, code := h.change(&b, o)
	if event == "DeleteBucket" && code == "" {
		delete(h.buckets, o.bucket)
	} else {
		h.buckets[o.bucket] = b
	}
	return s3(event, params, code)
}

// change does a call to a bucket.
func (h *house) change(b *room, o op) (event, params, code string) {
	in := fmt.Sprintf(`"bucketName":%q,`, o.bucket)
	switch o.what {
	case "delete":
		if b.point != "" {
			return "DeleteBucket", in + `"a":""`, "BucketHasAccessPointsAttached"
		}
		return "DeleteBucket", in + `"a":""`, ""
	case "acl":
		return "PutBucketAcl", in + aclOf(o.grant), h.setACL(b, &b.acl, o.grant)
	case "object":
		return "PutObjectAcl", in + `"key":"k",` + aclOf(o.grant), h.setACL(b, &b.object, o.grant)
	case "upload":
		b.object = "private"
		return "PutObject", in + `"key":"k"`, ""
	case "no object":
		b.object = "private"
		return "DeleteObject", in + `"key":"k"`, ""
	case "policy":
		return "PutBucketPolicy", in + `"policy":"","bucketPolicy":` + policyOf(o.grant), h.setPolicy(b, &b.policy, o.grant)
	case "no policy":
		b.policy = "private"
		return "DeleteBucketPolicy", in + `"policy":""`, ""
	case "point":
		if b.point == "" {
			b.point = "private"
			return "CreateAccessPoint", fmt.Sprintf(`"name":"%s-point","bucket":%q,"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":false}`, o.bucket, o.bucket), ""
		}
		return "PutAccessPointPolicy", fmt.Sprintf(`"name":"%s-point","policy":%q`, o.bucket, policyOf(o.grant)), h.setPolicy(b, &b.point, o.grant)
	case "no point":
		b.point = ""
		return "DeleteAccessPoint", fmt.Sprintf(`"name":"%s-point"`, o.bucket), ""
	case "bucket block":
		b.block = o.flags
		return "PutBucketPublicAccessBlock", in + `"publicAccessBlock":"",` + block(o.flags), ""
	case "no bucket block":
		b.block = [4]bool{}
		return "DeleteBucketPublicAccessBlock", in + `"publicAccessBlock":""`, ""
	case "enforced":
		if b.acl != "private" {
			return "PutBucketOwnershipControls", in + `"OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}`, "InvalidBucketAclWithObjectOwnership"
		}
		b.enforced = true
		return "PutBucketOwnershipControls", in + `"OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}`, ""
	default:
		b.enforced = false
		return "PutBucketOwnershipControls", in + `"OwnershipControls":{"Rule":{"ObjectOwnership":"ObjectWriter"}}`, ""
	}
}

// setACL sets an ACL as S3 would, and gives the error code of a refusal; setPolicy is the same for policies.
func (h *house) setACL(b *room, acl *string, grant string) string {
	switch {
	case b.enforced && grant != "private":
		return "AccessControlListNotSupported"
	case grant == "public" && (b.block[0] || h.block[0] || h.organization):
		return "AccessDenied"
	}
	*acl = grant
	return ""
}

func (h *house) setPolicy(b *room, policy *string, grant string) string {
	if (grant == "public" || grant == "both") && (b.block[2] || h.block[2] || h.organization) {
		return "AccessDenied"
	}
	*policy = grant
	return ""
}

// blockFlags are the flags of a Public Access Block, in the order of the models' blocks.
var blockFlags = [4]string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}

func block(flags [4]bool) string {
	var out []string
	for n, on := range flags {
		out = append(out, fmt.Sprintf("%q:%t", blockFlags[n], on))
	}
	return `"PublicAccessBlockConfiguration":{` + strings.Join(out, ",") + "}"
}

func aclOf(grant string) string {
	switch grant {
	case "foreign":
		return `"acl":"","accessControlList":{"x-amz-grant-read":"id=ffff000011112222ffff000011112222ffff000011112222ffff000011112222"}`
	case "public":
		return `"acl":"","x-amz-acl":"public-read"`
	default:
		return `"acl":"","x-amz-acl":"private"`
	}
}

// policyOf is a policy that lets in whom the grant names, and granteeOf how sentences name them.
func policyOf(grant string) string {
	statements := map[string][]string{
		"public":  {`"Principal":"*"`},
		"foreign": {`"Principal":{"AWS":"arn:aws:iam::999988887777:root"}`},
		"both":    {`"Principal":{"AWS":"999988887777"}`, `"Principal":"*"`},
		"org":     {`"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-zz99yy88xx"}}`},
		"range":   {`"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`},
		"service": {`"Principal":{"Service":"cloudfront.amazonaws.com"},"Condition":{"StringEquals":{"aws:SourceAccount":"999988887777"}}`},
		"private": {`"Principal":{"AWS":"arn:aws:iam::111122223333:role/app"}`},
	}[grant]
	for n, s := range statements {
		statements[n] = `{"Effect":"Allow",` + s + `,"Action":"s3:GetObject","Resource":"*"}`
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func granteeOf(grant string) string {
	return map[string]string{"foreign": "999988887777", "org": "o-zz99yy88xx", "range": "198.51.100.0/24", "service": "cloudfront.amazonaws.com"}[grant]
}

func document(public bool) string {
	if public {
		return policyOf("public")
	}
	return policyOf("private")
}

// past is what happened, as S3 did it and as CloudTrail tells it to the second: some calls share theirs.
type past struct {
	house   *house
	maybe   []*house // what may be, for all that the records say of the order within a second
	ops     []op
	records []record
	second  []int // of each record
	opened  [][]string
	since   map[string]int // the record that last granted the public something, by resource
}

func newPast() *past {
	h := &past{house: &house{buckets: map[string]room{}}, since: map[string]int{}}
	h.call(op{actor: "alice", what: "account block"}, false)
	h.call(op{actor: "alice", what: "organization made"}, false)
	h.maybe = []*house{h.house.clone()}
	return h
}

// call does a call, in the second of the one before or in one of its own.
func (h *past) call(o op, tied bool) {
	before := h.house.open()
	r, n := h.house.do(o), len(h.records)
	second := n
	if tied {
		second = h.second[n-1]
	}
	h.ops, h.records, h.second = append(h.ops, o), append(h.records, r), append(h.second, second)
	var opened []string
	for resource, is := range h.house.open() {
		if is.public && !before[resource].public {
			opened = append(opened, resource)
		}
	}
	set := map[string]string{"PutBucketAcl": o.bucket, "PutBucketPolicy": o.bucket, "PutObjectAcl": o.bucket + "/k", "PutAccessPointPolicy": o.bucket + "-point"}
	if resource := set[r.event]; r.code == "" && (o.grant == "public" || o.grant == "both") {
		h.since[resource] = n
	}
	h.opened = append(h.opened, opened)
}

// settle follows every order of the calls of each second that S3 would have answered as it did.
func (h *past) settle() {
	for from := 2; from < len(h.ops); {
		to := from
		for to < len(h.ops) && h.second[to] == h.second[from] {
			to++
		}
		var next []*house
		for _, at := range h.maybe {
			next = h.orders(next, at, from, to, nil)
		}
		h.maybe, from = next, to
	}
}

func (h *past) orders(found []*house, at *house, from, to int, done []int) []*house {
	if len(done) == to-from {
		return append(found, at)
	}
	for n := from; n < to; n++ {
		if slices.Contains(done, n) {
			continue
		}
		next := at.clone()
		if next.do(h.ops[n]) == h.records[n] {
			found = h.orders(found, next, from, to, append(done[:len(done):len(done)], n))
		}
	}
	return found
}

// text is the nth record as CloudTrail writes it.
func (h *past) text(n int) string {
	r, o, at := &h.records[n], &h.ops[n], h.second[n]
	return fmt.Sprintf(`{"eventVersion":"1.10","eventID":%q,"eventName":%q,"eventSource":%q,"eventTime":"2026-03-01T%02d:%02d:00Z",
		"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":%q,"errorCode":%q,"requestParameters":{%s},"responseElements":{%s},
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::%s:user/%s","accountId":%q,"userName":%q}}`,
		h.id(n), r.event, r.source, 9+at/60, at%60, r.account, r.code, r.params, r.response, r.account, o.actor, r.account, o.actor)
}

// id is the event id of the nth record; ids of one second are in no order.
func (h *past) id(n int) string { return fmt.Sprintf("m-%02x-%03d", n*37%101, n) }
