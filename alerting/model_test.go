package alerting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/enrich"
)

// blockFlags are the flags of a Public Access Block, in the order of the models' blocks.
var blockFlags = [4]string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}

// house is S3 as its documents describe it, for one account in which two people make and delete buckets, each with one
// object that may have an ACL and one access point. Grants are private, foreign or public.
type house struct {
	block   [4]bool
	buckets map[string]*room
	records []event
}

type room struct {
	block               [4]bool
	enforced            bool
	acl, object, policy string
	point               string         // policy of the access point; empty: there is none
	since               map[string]int // the record that set each of them last, by resource
}

// event is one record, and what its call opened to strangers, or would have, had S3 not refused it.
type event struct {
	text, brief string
	opened      []string
	refused     bool
}

// open is who reaches what now: "public" or "shared" by resource, such as b1, b1/k and b1-point.
func (h *house) open() map[string]string {
	out := map[string]string{}
	for name, b := range h.buckets {
		blocked := func(flag int) bool { return b.block[flag] || h.block[flag] }
		tell := func(resource, grant string, stranger, other bool) {
			switch {
			case grant == "public" && stranger:
				out[resource] = "public"
			case grant == "foreign" && other && out[resource] == "":
				out[resource] = "shared"
			}
		}
		tell(name, b.acl, !b.enforced && !blocked(1), !b.enforced)
		tell(name, b.policy, !blocked(3), true)
		tell(name+"/k", b.object, !b.enforced && !blocked(1), !b.enforced)
		tell(name+"-point", b.point, !blocked(3), true)
	}
	return out
}

// call records what was done, with what it opened of what was closed before.
func (h *house) call(actor, name, params, errorCode string, before map[string]string) {
	n := len(h.records)
	e := event{brief: fmt.Sprint(n, " ", actor, " ", name, " ", errorCode, " ", params)}
	e.text = fmt.Sprintf(`{"eventVersion":"1.10","eventID":"m-%03d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T%02d:%02d:00Z",
		"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333","errorCode":%q,"requestParameters":{%s},
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","accountId":"111122223333","userName":%q}}`,
		n, name, 9+n/60, n%60, errorCode, params, actor, actor)
	for resource, state := range h.open() {
		if state == "public" && before[resource] != "public" {
			e.opened = append(e.opened, resource)
		}
	}
	h.records = append(h.records, e)
}

func block(flags [4]bool) string {
	var out []string
	for n, on := range flags {
		out = append(out, fmt.Sprintf("%q:%t", blockFlags[n], on))
	}
	return `"PublicAccessBlockConfiguration":{` + strings.Join(out, ",") + "}"
}

func canned(public bool) string {
	if public {
		return `"acl":"","x-amz-acl":"public-read"`
	}
	return `"acl":"","x-amz-acl":"private"`
}

func document(public bool) string {
	principal := `{"AWS":"arn:aws:iam::111122223333:role/app"}`
	if public {
		principal = `"*"`
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"*"}]}`
}

func aclOf(grant string) string {
	if grant == "foreign" {
		return `"acl":"","accessControlList":{"x-amz-grant-read":"id=ffff000011112222ffff000011112222ffff000011112222ffff000011112222"}`
	}
	return canned(grant == "public")
}

func policyOf(grant string) string {
	if grant == "foreign" {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"s3:GetObject","Resource":"*"}]}`
	}
	return document(grant == "public")
}

// setACL sets an ACL as S3 would, and gives the error code of a refusal; setPolicy is the same for policies.
func (h *house) setACL(b *room, acl *string, grant string) string {
	switch {
	case b.enforced && grant != "private":
		return "AccessControlListNotSupported"
	case grant == "public" && (b.block[0] || h.block[0]):
		return "AccessDenied"
	}
	*acl = grant
	return ""
}

func (h *house) setPolicy(b *room, policy *string, grant string) string {
	if grant == "public" && (b.block[2] || h.block[2]) {
		return "AccessDenied"
	}
	*policy = grant
	return ""
}

// step draws a call that S3 takes or refuses.
func (h *house) step(t *rapid.T) {
	before := h.open()
	actor := rapid.SampledFrom([]string{"alice", "bob"}).Draw(t, "actor")
	name := rapid.SampledFrom([]string{"b1", "b2"}).Draw(t, "bucket")
	grant := rapid.SampledFrom([]string{"public", "public", "private", "foreign"}).Draw(t, "grant")
	flags := [4]bool{}
	for n := range flags {
		flags[n] = rapid.IntRange(0, 2).Draw(t, blockFlags[n]) == 0
	}
	what := rapid.SampledFrom([]string{
		"account block", "bucket block", "no bucket block", "acl", "object", "policy", "no policy", "point", "no point", "enforced", "writer", "delete",
	}).Draw(t, "call")
	if what == "account block" {
		h.block = flags
		h.call(actor, "PutAccountPublicAccessBlock", block(flags), "", before)
		return
	}
	b := h.buckets[name]
	if b == nil {
		h.buckets[name] = &room{block: [4]bool{true, true, true, true}, enforced: true, acl: "private", object: "private", policy: "private", since: map[string]int{}}
		h.call(actor, "CreateBucket", fmt.Sprintf(`"bucketName":%q`, name), "", before)
		return
	}
	event, params, code := h.change(b, name, what, grant, flags)
	if resource := map[string]string{"acl": name, "policy": name, "object": name + "/k", "point": name + "-point"}[what]; code == "" && resource != "" && grant == "public" {
		b.since[resource] = len(h.records)
	}
	h.call(actor, event, params, code, before)
	last := &h.records[len(h.records)-1]
	last.refused = code != "" && grant == "public" && slices.Contains([]string{"acl", "object", "policy", "point"}, what)
}

// change does a call to a bucket.
func (h *house) change(b *room, name, what, grant string, flags [4]bool) (event, params, code string) {
	in := fmt.Sprintf(`"bucketName":%q,`, name)
	switch what {
	case "delete":
		if b.point != "" {
			return "DeleteBucket", in + `"a":""`, "BucketHasAccessPointsAttached"
		}
		delete(h.buckets, name)
		return "DeleteBucket", in + `"a":""`, ""
	case "acl":
		return "PutBucketAcl", in + aclOf(grant), h.setACL(b, &b.acl, grant)
	case "object":
		return "PutObjectAcl", in + `"key":"k",` + aclOf(grant), h.setACL(b, &b.object, grant)
	case "policy":
		return "PutBucketPolicy", in + `"policy":"","bucketPolicy":` + policyOf(grant), h.setPolicy(b, &b.policy, grant)
	case "no policy":
		b.policy = "private"
		return "DeleteBucketPolicy", in + `"policy":""`, ""
	case "point":
		if b.point == "" {
			b.point = "private"
			return "CreateAccessPoint", fmt.Sprintf(`"name":"%s-point","bucket":%q,"PublicAccessBlockConfiguration":{"RestrictPublicBuckets":false}`, name, name), ""
		}
		return "PutAccessPointPolicy", fmt.Sprintf(`"name":"%s-point","policy":%q`, name, policyOf(grant)), h.setPolicy(b, &b.point, grant)
	case "no point":
		b.point = ""
		return "DeleteAccessPoint", fmt.Sprintf(`"name":"%s-point"`, name), ""
	case "bucket block":
		b.block = flags
		return "PutBucketPublicAccessBlock", in + `"publicAccessBlock":"",` + block(flags), ""
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

// shuffle draws the order in which the records come, some of them twice.
func (h *house) shuffle(t *rapid.T, how string) []int {
	order := make([]int, len(h.records))
	for i := range order {
		order[i] = i
	}
	switch how {
	case "any order":
		order = rapid.Permutation(order).Draw(t, "order")
	case "nearly in order":
		for i := range len(order) - 1 {
			if rapid.IntRange(0, 2).Draw(t, "swap") == 0 {
				order[i], order[i+1] = order[i+1], order[i]
			}
		}
	}
	for _, i := range slices.Clone(order) {
		if rapid.IntRange(0, 4).Draw(t, "again") == 0 {
			first := 0
			if how == "in order" {
				first = slices.Index(order, i) + 1
			}
			order = slices.Insert(order, rapid.IntRange(first, len(order)).Draw(t, "where"), i)
		}
	}
	return order
}

// told is what live incidents say of each resource, as house.open has it.
func told(t *rapid.T, e *alerting.Engine) map[string]string {
	out := map[string]string{}
	for _, i := range e.Incidents() {
		if i.Kind != incident.Exposure || i.Alert.Status == alert.Resolved {
			continue
		}
		for n, b := range i.Alert.Buckets {
			name := strings.TrimPrefix(b.Resource[strings.LastIndex(b.Resource, ":")+1:], "accesspoint/")
			if b.ResolvedAt == nil && (b.After == "public" || b.After == "shared" && out[name] == "") {
				out[name] = b.After
			}
			if i.Parts[n].Open && !i.Parts[n].Closed && b.After == "private" {
				t.Errorf("%s is %s and held open", name, b.After)
			}
		}
	}
	return out
}

// lists reports whether an incident lists the event that opened the resource. Of several out of order one will do.
func lists(e *alerting.Engine, event, resource string, inOrder bool) bool {
	return slices.ContainsFunc(e.Incidents(), func(i *incident.Incident) bool {
		return slices.Contains(i.Alert.EventIDs, event) ||
			!inOrder && slices.ContainsFunc(i.Alert.Buckets, func(b alert.BucketState) bool { return strings.HasSuffix(b.Resource, resource) })
	})
}

// attempted reports whether an attempt lists the event.
func attempted(e *alerting.Engine, event string) bool {
	return slices.ContainsFunc(e.Incidents(), func(i *incident.Incident) bool { return i.Alert.Attempt && slices.Contains(i.Alert.EventIDs, event) })
}

// TestIncidentsFollowS3 brings the records of calls to several buckets by several people in any order, some twice.
// Whatever the order, once all have come the incidents say what is open and nothing else, and of everything that was
// open for a while there is one; a refused opening is an attempt.
func TestIncidentsFollowS3(t *testing.T) {
	t.Parallel()
	with := rules()
	rapid.Check(t, func(t *rapid.T) {
		h := &house{buckets: map[string]*room{}}
		h.call("alice", "PutAccountPublicAccessBlock", block(h.block), "", nil)
		for range rapid.IntRange(1, 25).Draw(t, "calls") {
			h.step(t)
		}
		how := rapid.SampledFrom([]string{"in order", "nearly in order", "any order"}).Draw(t, "how")
		first := 0 // what was before was never seen
		if rapid.IntRange(0, 1).Draw(t, "cold") == 1 {
			first = rapid.IntRange(0, len(h.records)).Draw(t, "first")
		}
		e := alerting.NewEngine(with)
		for _, n := range h.shuffle(t, how) {
			r := h.records[n]
			if n < first {
				continue
			}
			f := &enrich.Finding{EventID: fmt.Sprintf("m-%03d", n), Record: []byte(r.text)}
			f.Rules = with.Index.Select(header(t, r.text), f.Record, nil)
			if _, err := e.Apply(f); err != nil {
				t.Fatal(err)
			}
			t.Log(r.brief)
		}
		is, said := h.open(), told(t, e)
		if first > 0 {
			for name, b := range h.buckets {
				for _, resource := range []string{name, name + "/k", name + "-point"} {
					if since, ok := b.since[resource]; ok && since >= first && is[resource] == "public" && said[resource] != "public" {
						t.Errorf("%s is public since record %d, told as %q from record %d on", resource, since, said[resource], first)
					}
				}
			}
			return
		}
		for resource, state := range is {
			if said[resource] == "" || state == "public" && said[resource] != state {
				t.Errorf("%s is %s, told as %q", resource, state, said[resource])
			}
		}
		for resource, state := range said {
			if state == "public" && is[resource] != state {
				t.Errorf("%s is %q, told as %s", resource, is[resource], state)
			}
		}
		for n, r := range h.records {
			if r.refused && !attempted(e, fmt.Sprintf("m-%03d", n)) {
				t.Errorf("record %d was refused, and no attempt lists it", n)
			}
			for _, resource := range r.opened {
				if !lists(e, fmt.Sprintf("m-%03d", n), resource, how == "in order") {
					t.Errorf("record %d opened %s, and no incident lists it", n, resource)
				}
			}
		}
	})
}
