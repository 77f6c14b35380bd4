package exposure

import (
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// act is what one kind of event says: which scope it is about and what it writes.
type act struct {
	scope Scope
	// write places what the record says into the state and names the facts it touched. It is called for failed
	// calls too, on a copy.
	write func(w *writer)
}

// writer writes one record's facts at its mark.
type writer struct {
	b    *Bucket
	a    *Account
	rec  *cloudtrail.Record
	mark Mark
	own  Own
	// later is the oldest event that has already replaced something of this record's.
	later *Mark
}

// actOf is the act of an event name in any of its spellings, nil for an event that says nothing of exposure.
func actOf(eventName string) *act {
	switch strings.TrimSuffix(eventName, "V2") {
	case "CreateBucket":
		return &act{BucketScope, (*writer).createBucket}
	case "DeleteBucket":
		return &act{BucketScope, (*writer).deleteBucket}
	case "PutBucketAcl":
		return &act{BucketScope, (*writer).putACL}
	case "PutBucketPolicy":
		return &act{BucketScope, (*writer).putPolicy}
	case "DeleteBucketPolicy":
		return &act{BucketScope, func(w *writer) { put(w, &w.b.Policy, "", false) }}
	case "PutBucketPublicAccessBlock":
		return &act{BucketScope, func(w *writer) { w.block(&w.b.Block) }}
	case "DeleteBucketPublicAccessBlock":
		return &act{BucketScope, func(w *writer) { w.flags(&w.b.Block, Block{}.tri()) }}
	case "PutPublicAccessBlock":
		return &act{"", func(w *writer) { w.block(w.level()) }}
	case "DeletePublicAccessBlock":
		return &act{"", func(w *writer) { w.flags(w.level(), Block{}.tri()) }}
	case "PutAccountPublicAccessBlock":
		return &act{AccountScope, func(w *writer) { w.block(&w.a.Block) }}
	case "DeleteAccountPublicAccessBlock":
		return &act{AccountScope, func(w *writer) { w.flags(&w.a.Block, Block{}.tri()) }}
	case "PutBucketOwnershipControls":
		return &act{BucketScope, (*writer).putOwnership}
	case "DeleteBucketOwnershipControls":
		return &act{BucketScope, func(w *writer) { put(w, &w.b.Ownership, "", false) }}
	case "PutBucketWebsite":
		return &act{BucketScope, func(w *writer) { put(w, &w.b.Website, true, false) }}
	case "DeleteBucketWebsite":
		return &act{BucketScope, func(w *writer) { put(w, &w.b.Website, false, false) }}
	case "PutObjectAcl", "PutObject", "CopyObject", "CreateMultipartUpload", "InitiateMultipartUpload", "PostObject":
		return &act{ObjectScope, (*writer).putObjectACL}
	}
	if eventName == "DeleteObject" {
		return &act{ObjectScope, (*writer).deleteObject}
	}
	if a := pointAct(eventName); a != nil {
		return a
	}
	return settingAct(eventName)
}

// scopeOf is the scope of a record: the API's own names of the block calls serve buckets and accounts alike.
func (a *act) scopeOf(rec *cloudtrail.Record) Scope {
	switch {
	case a.scope != "":
		return a.scope
	case rec.Bucket() != "":
		return BucketScope
	default:
		return AccountScope
	}
}

// put places a value in a fact.
func put[T any](w *writer, f *Fact[T], value T, proof bool) {
	f.put(Entry[T]{Mark: w.mark, Value: value, Proof: proof})
	if e, ok := f.after(w.mark); ok && !proof && (w.later == nil || e.Compare(*w.later) < 0) {
		m := e.Mark
		w.later = &m
	}
}

func (w *writer) flags(f *Flags, values [flags]Tri) {
	for flag := range flags {
		put(w, &f[flag], values[flag], false)
	}
}

// level is the block that the API's own call names are about.
func (w *writer) level() *Flags {
	if w.rec.Bucket() != "" {
		return &w.b.Block
	}
	return &w.a.Block
}

// block reads the request's four flags; a request whose flags were not recorded leaves them unknown.
func (w *writer) block(f *Flags) {
	config := w.rec.RequestParameters.Get("PublicAccessBlockConfiguration")
	if block, err := ParseBlock(config.Raw()); err == nil {
		w.flags(f, block.tri())
		return
	}
	w.flags(f, [flags]Tri{})
}

// defaults are the four flags of a new bucket: on since April 2023, a change that took the month to roll out.
func (w *writer) defaults() (block [flags]Tri, ownership Ownership, known bool) {
	switch {
	case w.mark.At.Before(time.Date(2023, 4, 1, 0, 0, 0, 0, time.UTC)):
		return Block{}.tri(), ObjectWriter, true
	case w.mark.At.Before(time.Date(2023, 5, 1, 0, 0, 0, 0, time.UTC)):
		return block, "", false
	default:
		return BlockAll().tri(), BucketOwnerEnforced, true
	}
}

// createBucket sets every fact: nothing of a former bucket of that name is left, unless that bucket is still there.
func (w *writer) createBucket() {
	if w.remakes(w.mark) {
		acl, _ := w.acl()
		put(w, &w.b.ACL, acl, false)
		w.proveACL(acl)
		return
	}
	block, ownership, known := w.defaults()
	if o, err := ownershipOf(w.rec.Header("x-amz-object-ownership")); err == nil && o != "" {
		ownership, known = o, true
	}
	acl, given := w.acl()
	if given && openACL(acl) {
		// S3 took a public ACL, so whatever the defaults are, they were not in force.
		block, ownership = [flags]Tri{BlockPublicAcls: No}, ACLsEnabled
		known = true
	} else if given && granted(acl) {
		ownership, known = ACLsEnabled, true
	}
	put(w, &w.b.Exists, true, false)
	put(w, &w.b.ACL, acl, false)
	put(w, &w.b.Policy, "", false)
	put(w, &w.b.Website, false, false)
	w.flags(&w.b.Block, block)
	if known {
		put(w, &w.b.Ownership, ownership, false)
	}
}

// deleteBucket voids every fact. What was set later shows that the bucket was made again.
func (w *writer) deleteBucket() {
	put(w, &w.b.Exists, false, false)
	w.outlive()
}

func (w *writer) putACL() {
	acl, given := w.acl()
	if !given {
		acl.fault("the event does not contain the ACL")
	}
	put(w, &w.b.ACL, acl, false)
	w.proveACL(acl)
}

// acl is the ACL a request sets; given is false where it names none, which for a new bucket or object is the
// private one. Nothing else in the request can make it unreadable.
func (w *writer) acl() (acl ACL, given bool) {
	n := node{kind: '{'}
	for name, v := range w.rec.RequestParameters.Members() {
		if !namesACL(name) {
			continue
		}
		m, err := parseJSON(v.Raw())
		if err != nil {
			given = true
			acl.fault("%s", err)
			continue
		}
		if text := m.first(); text.kind != 'n' && (text.kind != '"' || text.text != "") {
			n.members = append(n.members, member{name, m})
		}
	}
	if len(n.members) == 0 && !given {
		private, _ := CannedACL("private")
		return *private, false
	}
	switch found, err := acl.object(n); {
	case err != nil:
		acl.fault("%s", err)
	case !found:
		acl.fault("the event does not contain the ACL")
	}
	if _, body := n.get("AccessControlPolicy"); !body && !Upload(w.rec.EventName) {
		// Headers do not say who owns the bucket. Of uploads the first id is taken for it: writers from other accounts
		// give the bucket's owner full control.
		acl.Owner = ownerID
	}
	return acl, true
}

func namesACL(parameter string) bool {
	switch name := strings.ToLower(parameter); name {
	case "accesscontrolpolicy", "accesscontrollist", "x-amz-acl":
		return true
	default:
		return strings.HasPrefix(name, "x-amz-grant-")
	}
}

// granted reports whether an ACL lets in anybody but the owner.
func granted(acl ACL) bool {
	owner := acl.owner()
	return slices.ContainsFunc(acl.Grants, func(g ACLGrant) bool { return g.Grantee != owner })
}

// openACL reports whether an ACL lets strangers in.
func openACL(acl ACL) bool {
	for _, g := range acl.Grants {
		if w, _ := granteeOf(g.Grantee); w.reach.open() {
			return true
		}
	}
	return false
}

// proveACL notes what the success of an ACL proves. If it lets in anybody but the owner, Object Ownership leaves ACLs
// in force; if it is public, BlockPublicAcls is off at every level.
func (w *writer) proveACL(acl ACL) {
	if granted(acl) {
		put(w, &w.b.Ownership, ACLsEnabled, true)
	}
	if !openACL(acl) {
		return
	}
	for _, f := range []*Flags{&w.b.Block, &w.a.Block, &w.a.Organization} {
		put(w, &f[BlockPublicAcls], No, true)
	}
}

// putPolicy sets the policy. Its success with a public document proves BlockPublicPolicy off at every level.
func (w *writer) putPolicy() {
	text := policyText(w.rec.RequestParameters)
	put(w, &w.b.Policy, text, false)
	if w.openPolicy(text) && !Directory(w.b.Name) {
		for _, f := range []*Flags{&w.b.Block, &w.a.Block, &w.a.Organization} {
			put(w, &f[BlockPublicPolicy], No, true)
		}
	}
}

// openPolicy reports whether S3 surely calls a policy public.
func (w *writer) openPolicy(text string) bool {
	p, err := ParsePolicy([]byte(text))
	if err != nil {
		return false
	}
	for _, g := range (scene{account: w.b.Account, own: w.own}).grants(p, PolicyPath) {
		if g.Public && g.Reach.open() {
			return true
		}
	}
	return false
}

// policyText is the document of a policy request, which is recorded as an object or as text. A request without
// one, or with several, gives a text that is no policy, so that it is told as unclear.
func policyText(request cloudtrail.Value) string {
	docs := policyDocs(request, 0)
	if len(docs) == 0 {
		return "{}"
	}
	for _, doc := range docs[1:] {
		if doc != docs[0] {
			return "[]"
		}
	}
	return docs[0][:min(len(docs[0]), maxDocument+1)]
}

// policyDocs are the documents a request holds, under either name and at the depth where access points have it.
func policyDocs(v cloudtrail.Value, depth int) []string {
	var docs []string
	for name, inner := range v.Members() {
		switch text := strings.TrimSpace(inner.Text()); strings.ToLower(name) {
		case "bucketpolicy", "policy", "accesspointpolicy":
			if only := inner.List(); text == "" && len(only) == 1 && only[0].IsObject() {
				text = string(only[0].Raw())
			}
			if text != "" {
				docs = append(docs, text)
			}
		default:
			if depth < maxDeep && inner.IsObject() {
				docs = append(docs, policyDocs(inner, depth+1)...)
			}
		}
	}
	return docs
}

func (w *writer) putOwnership() {
	v := w.rec.RequestParameters.Get("OwnershipControls", "Rule", "ObjectOwnership")
	if !v.Exists() {
		v = w.rec.RequestParameters.Get("OwnershipControls", "Rules", "ObjectOwnership")
	}
	o, err := ownershipOf(v.Text())
	if err != nil || o == "" {
		o = ACLsEnabled // not readable: told as the weaker
	}
	put(w, &w.b.Ownership, o, false)
}
