package reach

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// Documents are the documents that decide about one bucket and its callers, as their APIs answer them. What was not given
// was not read, which is never the same as that there is none. They are fit for many questions and for many readers at once.
type Documents struct {
	accounts     map[string]*account
	policy       *document // of the bucket; nil where there is none
	keyPolicy    *document // of the KMS key; nil where there is none
	acl          *exposure.ACL
	aclFault     string
	ownership    fact[string]
	blocks       [2]fact[block] // of the bucket, of the account
	points       fact[[]point]
	scps         map[string]fact[[]level]
	rcps         fact[[]level]
	management   fact[string]
	encryption   fact[encryption]
	organization fact[string]
	known        map[string]knownAccount
	knownFault   string // why the known accounts are not known
}

// fact is a value that was read, or the reason why there is none.
type fact[T any] struct {
	value T
	fault string
}

type block struct{ BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets *bool }

// level is what is attached at one level of an organization.
type level []*document

type encryption struct {
	Algorithm string `json:"algorithm"`
	Key       string `json:"key"`
}

type knownAccount struct {
	ID             string `json:"id"`
	CanonicalID    string `json:"canonical_id"`
	InOrganization bool   `json:"in_organization"`
}

// point is an access point.
type point struct {
	name, arn, account string
	vpc                bool
	block              fact[block]
	policy             *document // nil where there is none
}

// ParseDocuments reads the documents of a question, an object with one member for each. It never fails: what cannot be
// understood counts as not read.
func ParseDocuments(raw jsontext.Value) *Documents {
	m, twice, err := members(raw)
	if err != nil {
		m = nil
	}
	take := func(name string) jsontext.Value {
		if twice[name] {
			return nil
		}
		return m[name]
	}
	d := &Documents{accounts: map[string]*account{}, scps: map[string]fact[[]level]{}, known: map[string]knownAccount{}}
	details, detailsTwice, _ := members(take("authorization_details"))
	for id, v := range details {
		if absent(v) || detailsTwice[id] {
			continue
		}
		d.accounts[id] = parseAccount(v, id)
	}
	d.policy = optional(take("bucket_policy"), kindBucket, "")
	d.keyPolicy = optional(take("kms_key_policy"), kindKMS, "")
	d.readACL(take("bucket_acl"))
	d.ownership = text(take("ownership"), "the Object Ownership")
	if o := d.ownership; o.fault == "" && o.value != "" && o.value != "BucketOwnerEnforced" && o.value != "BucketOwnerPreferred" && o.value != "ObjectWriter" {
		d.ownership.fault = fmt.Sprintf("the Object Ownership %q is unknown", o.value)
	}
	d.blocks = [2]fact[block]{
		blockOf(take("public_access_block"), "the Public Access Block of the bucket"),
		blockOf(take("account_public_access_block"), "the Public Access Block of the account"),
	}
	d.points = points(take("access_points"))
	d.management = text(take("management_account"), "the management account")
	d.organization = text(take("organization_id"), "the organization's id")
	d.encryption = valueOf[encryption](take("object_encryption"), "the encryption of the objects")
	d.rcps = levels(take("rcps"), kindRCP)
	scps, scpsTwice, _ := members(take("scps"))
	for id, v := range scps {
		if !scpsTwice[id] {
			d.scps[id] = levels(v, kindSCP)
		}
	}
	accounts := valueOf[[]knownAccount](take("known_accounts"), "the list of known accounts")
	d.knownFault = accounts.fault
	for _, a := range accounts.value {
		d.known[a.ID] = a
	}
	return d
}

// members are the members of an object, and which of them stand there twice.
func members(raw jsontext.Value) (m map[string]jsontext.Value, twice map[string]bool, err error) {
	m, twice = map[string]jsontext.Value{}, map[string]bool{}
	if absent(raw) {
		return m, twice, nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw), lenient())
	if d.PeekKind() != '{' {
		return m, twice, errors.New("it is not a JSON object")
	}
	if _, err := d.ReadToken(); err != nil {
		return m, twice, fmt.Errorf("read object: %w", err)
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return m, twice, fmt.Errorf("read name: %w", err)
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return m, twice, fmt.Errorf("read value: %w", err)
		}
		_, twice[key] = m[key]
		m[key] = value.Clone()
	}
	return m, twice, nil
}

// isNone reports whether a document is known not to be there.
func isNone(raw jsontext.Value) bool { return string(raw) == `"none"` }

// optional is a policy, nil where there is none.
func optional(raw jsontext.Value, kind, name string) *document {
	switch {
	case isNone(raw):
		return nil
	case absent(raw):
		return missing(kind, name, "the "+kind)
	default:
		return load(raw, kind, name)
	}
}

// valueOf reads a value strictly.
func valueOf[T any](raw jsontext.Value, what string) fact[T] {
	var f fact[T]
	if absent(raw) {
		f.fault = what + " was not read"
		return f
	}
	if err := json.Unmarshal(raw, &f.value); err != nil {
		f = fact[T]{fault: what + " cannot be judged: " + err.Error()}
	}
	return f
}

// text is a text, empty for "none".
func text(raw jsontext.Value, what string) fact[string] {
	if isNone(raw) {
		return fact[string]{}
	}
	f := valueOf[string](raw, what)
	if f.fault == "" && f.value == "" {
		f.fault = what + " is empty"
	}
	return f
}

func blockOf(raw jsontext.Value, what string) fact[block] {
	if isNone(raw) {
		off := false
		return fact[block]{value: block{&off, &off, &off, &off}}
	}
	return valueOf[block](raw, what)
}

func (d *Documents) readACL(raw jsontext.Value) {
	if absent(raw) {
		d.aclFault = "the ACL was not read"
		return
	}
	acl, err := exposure.ParseACL(raw)
	switch {
	case err != nil:
		d.aclFault = err.Error()
	case acl.Fault != "":
		d.aclFault = "the ACL cannot be judged: " + acl.Fault
	default:
		d.acl = acl
	}
}

func levels(raw jsontext.Value, kind string) fact[[]level] {
	lists := valueOf[[][]jsontext.Value](raw, "the list of "+kind+" levels")
	if lists.fault != "" && !absent(raw) { // with a fault in one of the documents
		var again [][]jsontext.Value
		if err := json.Unmarshal(raw, &again, lenient()); err != nil {
			return fact[[]level]{fault: lists.fault}
		}
		lists = fact[[][]jsontext.Value]{value: again}
	}
	out := fact[[]level]{fault: lists.fault, value: make([]level, 0, len(lists.value))}
	for i, list := range lists.value {
		l := level{}
		if list == nil {
			l = append(l, missing(kind, fmt.Sprint("level ", i), fmt.Sprintf("level %d of the %s", i, kind)))
		}
		for k, doc := range list {
			l = append(l, policyOrGap(doc, kind, fmt.Sprintf("level %d, policy %d", i, k)))
		}
		out.value = append(out.value, l)
	}
	return out
}

func points(raw jsontext.Value) fact[[]point] {
	var list []jsontext.Value
	if absent(raw) {
		return fact[[]point]{fault: "the access points were not read"}
	}
	if err := json.Unmarshal(raw, &list, lenient()); err != nil {
		return fact[[]point]{fault: "the access points cannot be judged: " + err.Error()}
	}
	var out fact[[]point]
	for _, p := range list {
		m, twice, err := members(p)
		var texts [4]fact[string]
		for i, name := range []string{"name", "arn", "account_id", "network_origin"} {
			texts[i] = text(m[name], "the access point's "+name)
			if texts[i].fault != "" || twice[name] {
				err = errors.Join(err, errors.New(texts[i].fault))
			}
		}
		if origin := texts[3].value; err == nil && origin != "VPC" && origin != "Internet" {
			err = errors.New("its network origin is unknown")
		}
		if err != nil || twice["policy"] || twice["public_access_block"] {
			out.fault = "an access point cannot be judged"
			continue
		}
		name := texts[0].value
		out.value = append(out.value, point{
			name: name, arn: texts[1].value, account: texts[2].value, vpc: texts[3].value == "VPC",
			block: blockOf(m["public_access_block"], "the Public Access Block of access point "+name), policy: optional(m["policy"], kindPoint, name),
		})
	}
	return out
}
