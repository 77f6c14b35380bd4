package remedy

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// Apply is the state after a plan, as the evaluator would know it. The state given stays as it is.
func Apply(s State, p Plan) State {
	s.Buckets = maps.Clone(s.Buckets)
	if s.Buckets == nil {
		s.Buckets = map[string]*exposure.Bucket{}
	}
	account := *s.Account
	s.Account = &account
	for _, w := range p.Writes {
		if w.Service == "s3control" {
			s.writeAccount(p.Target, w)
			continue
		}
		b := exposure.Bucket{Name: w.Bucket, Account: w.Account}
		if known := s.Buckets[w.Bucket]; known != nil {
			b = *known
		}
		writeBucket(&b, p.Target, w)
		s.Buckets[w.Bucket] = &b
	}
	return s
}

func (s State) writeAccount(t Target, w Write) {
	if w.Point == "" {
		s.Account.Block = setBlock(s.Account.Block, w.After.Text)
		return
	}
	s.Account.AccessPoints = maps.Clone(s.Account.AccessPoints)
	point := exposure.AccessPoint{Name: w.Point}
	if known := s.Account.AccessPoints[t.Key]; known != nil {
		point = *known
	}
	point.Policy = set(point.Policy, w.After.Text)
	s.Account.AccessPoints[t.Key] = &point
}

func writeBucket(b *exposure.Bucket, t Target, w Write) {
	switch w.Call {
	case "PutBucketPolicy", "DeleteBucketPolicy":
		b.Policy = set(b.Policy, w.After.Text)
	case "PutPublicAccessBlock":
		b.Block = setBlock(b.Block, w.After.Text)
	case "PutBucketOwnershipControls":
		b.Ownership = set(b.Ownership, exposure.BucketOwnerEnforced)
	case "PutBucketAcl":
		b.ACL = set(b.ACL, aclOf(w.After.Text))
	case "PutObjectAcl":
		b.Objects = maps.Clone(b.Objects)
		b.Objects[t.Key] = set(b.Objects[t.Key], aclOf(w.After.Text))
	}
}

// set makes a value the newest of a fact.
func set[T any](f exposure.Fact[T], value T) exposure.Fact[T] {
	at := time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC) // later than every record
	if last, ok := f.Latest(); ok && !last.At.Before(at) {
		at = last.At.Add(time.Second)
	}
	return append(exposure.Fact[T]{{Mark: exposure.Mark{At: at, EventID: "remedy"}, Value: value}}, f...)
}

func setBlock(f exposure.Flags, text string) exposure.Flags {
	block, err := exposure.ParseBlock([]byte(text))
	for flag := range f {
		on := exposure.TriOf(block.Has(exposure.Flag(flag)))
		if err != nil {
			on = exposure.Maybe
		}
		f[flag] = set(f[flag], on)
	}
	return f
}

// aclOf reads the members of PutBucketAcl's input.
func aclOf(request string) exposure.ACL {
	var in struct {
		ACL                                                                  string
		AccessControlPolicy                                                  json.RawMessage
		GrantRead, GrantWrite, GrantReadACP, GrantWriteACP, GrantFullControl *string
	}
	fault := exposure.ACL{Fault: "the request cannot be read"}
	if err := json.Unmarshal([]byte(request), &in); err != nil {
		return fault
	}
	headers := map[string]string{}
	for name, value := range map[string]*string{
		"x-amz-grant-read": in.GrantRead, "x-amz-grant-write": in.GrantWrite, "x-amz-grant-read-acp": in.GrantReadACP,
		"x-amz-grant-write-acp": in.GrantWriteACP, "x-amz-grant-full-control": in.GrantFullControl,
	} {
		if value != nil {
			headers[name] = *value
		}
	}
	doc, err := []byte(in.AccessControlPolicy), error(nil)
	switch {
	case in.ACL != "":
		doc, err = json.Marshal(in.ACL)
	case len(headers) > 0:
		doc, err = json.Marshal(headers)
	}
	if err != nil {
		return fault
	}
	acl, err := exposure.ParseACL(doc)
	if err != nil {
		return fault
	}
	if acl.Owner == "" {
		acl.Owner = "owner" // headers do not say who it is
	}
	return *acl
}
