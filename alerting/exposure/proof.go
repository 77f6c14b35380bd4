package exposure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// Proves reports, from its header alone, whether a record may show that S3 let in a caller from outside the account: the
// call succeeded, and it was not signed or was made by another account. It allocates nothing.
func Proves(h *cloudtrail.Header) bool {
	if string(h.EventSource) != "s3.amazonaws.com" || h.Failed() || h.Service() || len(h.InvokedBy) > 0 || accessOf(string(h.EventName)) == NoAccess {
		return false
	}
	foreign := len(h.AccountID) == accountDigits && len(h.RecipientAccountID) == accountDigits && string(h.AccountID) != string(h.RecipientAccountID)
	return foreign || h.Anonymous()
}

const accountDigits = 12

// accessOf is what a call on the data of a bucket does, or on what decides about its access; NoAccess for any other call.
func accessOf(eventName string) Access {
	switch eventName {
	case "HeadBucket", "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListBucket", "ListBucketVersions", "ListMultipartUploads":
		return List
	case "GetObject", "HeadObject", "GetObjectAttributes", "GetObjectTorrent", "SelectObjectContent":
		return Read
	case "PutObject", "PostObject", "CopyObject", "CreateMultipartUpload", "InitiateMultipartUpload", "UploadPart", "UploadPartCopy",
		"CompleteMultipartUpload", "DeleteObject", "DeleteObjects", "RenameObject":
		return Write
	case "PutObjectAcl", "PutBucketAcl", "PutBucketPolicy", "DeleteBucketPolicy":
		return Takeover
	default:
		return NoAccess
	}
}

// outsider is who made a call from outside the bucket's account: the id of the account, or cloudtrail.Anonymous for an
// unsigned call. Empty for the bucket's account, those known to be one's own, AWS services, and where that cannot be told.
func outsider(rec *cloudtrail.Record, own Own) string {
	owner, caller := rec.OwnerAccount(), rec.UserIdentity.AccountID
	switch {
	case rec.Failed(), rec.Actor().Service, rec.UserIdentity.InvokedBy != "", strings.HasSuffix(rec.SourceIPAddress, ".amazonaws.com"):
		return ""
	case rec.Actor().Name == cloudtrail.Anonymous:
		if rec.AdditionalEventData.Get("SignatureVersion").Text() != "" {
			return "" // signed after all
		}
		return cloudtrail.Anonymous
	case !isAccount(caller), !isAccount(owner), caller == owner, rec.RecipientAccountID != owner, slices.Contains(own.Accounts, caller), loadBalancing(caller):
		return ""
	default:
		return caller
	}
}

// Prove tells what it shows that S3 let a call in: the object or bucket was open to its caller then, whatever was seen of
// the settings. nil if it shows nothing: the caller is no outsider, or a website was read. It changes no state; b and a may
// be nil.
func Prove(b *Bucket, a *Account, rec *cloudtrail.Record, own Own) *Change {
	who, access := outsider(rec, own), accessOf(rec.EventName)
	if who == "" || access == NoAccess || rec.Bucket() == "" {
		return nil
	}
	b = orEmpty(b).clone()
	b.identify(rec)
	p := &prover{differ: differ{writer: &writer{b: b, a: orEmpty(a), rec: rec, mark: markOf(rec), own: own}, scope: BucketScope}, who: who, access: access}
	m := p.moment(true)
	known, website := m.bucket(), m.website()
	grant, explained := p.grant(known)
	switch {
	case who != cloudtrail.Anonymous && p.fromOrganization(known):
		return nil
	case who == cloudtrail.Anonymous && access == Read && website:
		return nil
	case who == cloudtrail.Anonymous && access == Read && rec.Key() != "" && !(explained && grant.Path == PolicyPath):
		p.scope, p.key = ObjectScope, objectName(rec)
		known = m.object(p.key)
		grant, explained = p.grant(known)
	}
	c := p.change(known, grant)
	c.Website = website
	if explained {
		c.Left, c.Now, c.Blocks = known.working(), known.state, known.blocks
	} else {
		c.Unexplained, c.Reasons = true, append(c.Reasons, "no setting seen so far allows this")
	}
	if over := c.over(); over != nil {
		c.Superseded, c.Now, c.Left = over, Private, nil
	}
	return c
}

// prover makes the change that a call proves.
type prover struct {
	differ
	who    string
	access Access
}

// grant is the grant seen of the bucket or object that explains why the caller was let in; without one, what the call shows.
func (p *prover) grant(known view) (g Grant, explained bool) {
	for _, g := range known.verdict.Grants {
		public := g.Public && (g.Reach == Internet || p.who != cloudtrail.Anonymous)
		named := g.Foreign && slices.ContainsFunc(g.To, func(to Grantee) bool { return strings.Contains(to.Name, p.who) })
		if g.Live != No && g.Access >= p.access && (public || named) {
			return g, true
		}
	}
	g = Grant{
		Path: PolicyPath, Name: "anonymous " + p.rec.EventName, Public: true, Reach: Internet, Access: p.access, Severity: open(p.access, false), Live: Yes,
		Reason: p.done() + " without credentials from " + cmp.Or(p.rec.SourceIPAddress, "an unknown address"),
	}
	if p.who != cloudtrail.Anonymous {
		g.Name, g.Public, g.Foreign, g.Reach, g.Severity = p.who+" "+p.rec.EventName, false, true, CrossAccount, alert.Medium
		g.To = named(CrossAccount, p.who)
		g.Reason = p.done() + " by external account " + p.who + " from " + cmp.Or(p.rec.SourceIPAddress, "an unknown address")
	}
	return g, false
}

// Evidence says in a sentence what a call that was let in shows: "An object was read without credentials from 198.51.100.7."
// Empty for any other change.
func (c *Change) Evidence() string {
	if c.Proof == "" || len(c.Reasons) == 0 {
		return ""
	}
	what := "An object"
	switch {
	case c.Scope == ObjectScope:
		what = "The object"
	case strings.HasSuffix(c.EventName, "BucketPolicy"):
		what = "The bucket policy"
	case c.Access == Takeover:
		what = "An ACL"
	case c.Access == List:
		what = "The bucket"
	}
	return what + " was " + c.Reasons[0] + "."
}

// done is the call as a participle.
func (p *prover) done() string {
	switch {
	case p.access == Takeover && !strings.HasPrefix(p.rec.EventName, "Delete"):
		return "changed"
	case strings.HasPrefix(p.rec.EventName, "Delete"):
		return "deleted"
	case p.access == List:
		return "listed"
	case p.access == Read:
		return "read"
	default:
		return "written"
	}
}

// fromOrganization reports whether the settings let in an organization or account known to be one's own: the caller may be
// of it.
func (p *prover) fromOrganization(known view) bool {
	return slices.ContainsFunc(known.verdict.Grants, func(g Grant) bool {
		return g.Reach == Organization && !g.Foreign && !g.Public && g.Live != No
	})
}

func (p *prover) change(known view, grant Grant) *Change {
	c := &Change{
		Mark: p.mark, Kind: SharedOut, Scope: p.scope, EventName: p.rec.EventName, Bucket: p.b.Name, Account: cmp.Or(p.rec.OwnerAccount(), p.b.Account),
		Before: known.state, After: Shared, Now: worseState(Shared, decided(known.state)), Confidence: Confirmed, Reach: grant.Reach, Access: grant.Access,
		Severity: grant.Severity, Grant: grant.Name, Proof: p.who, Shares: true, fresh: []Grant{grant}, Left: []Grant{grant},
	}
	if grant.Public {
		c.Kind, c.After, c.Now, c.Shares = Opened, Public, Public, known.shares
	}
	c.Verdict = verdictOf([]Grant{grant}, nil)
	for i := range c.Verdict.Grants {
		c.Verdict.Grants[i].Live = Yes
	}
	if p.scope == ObjectScope {
		c.Object = p.key
	}
	c.Resource = p.resource(*c)
	by := "without credentials"
	if p.who != cloudtrail.Anonymous {
		by = "by external account " + p.who
	}
	c.Reasons = []string{p.done() + " " + by + " from " + cmp.Or(p.rec.SourceIPAddress, "an unknown address")}
	c.shut = p.shut()
	return c
}

// over is the event that has closed already every way the call can have come; nil if none has.
func (c *Change) over() *Mark {
	by := c.shut.public
	if c.Class() == ShareClass {
		by = c.shut.shares
	}
	if by.At.After(c.At) {
		return &by
	}
	return nil
}

// decided is a state as worseState orders them.
func decided(s State) State {
	if s == Unknown {
		return Private
	}
	return s
}

// website reports whether the bucket is known to serve a website.
func (m moment) website() bool {
	_, _, birth := m.birth()
	e, _ := at(m, m.b.Website, birth)
	return e.Value
}
