package exposure

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Input is everything that decides about one bucket at one moment. Absent blocks and an absent ownership are
// off, as S3 reads them.
type Input struct {
	Account   string // owner; empty if not known
	Own       Own
	ACL       *ACL
	ObjectACL *ACL
	Policy    *Policy
	Point     *Point
	Gates     Gates
}

// Point is an access point as one moment shows it.
type Point struct {
	Policy  *Policy
	VPCOnly bool  // network origin VPC
	Block   Block // its own Public Access Block, fixed when it was made
}

// Own is what is known to be one's own, beside the bucket's account.
type Own struct {
	OrganizationID string   // o-…; empty if not known
	Accounts       []string // known accounts, 12 digits each
}

// Path is the way a grant takes.
type Path string

// The paths, each behind its own gates.
const (
	ACLPath       Path = "acl"
	PolicyPath    Path = "policy"
	ObjectACLPath Path = "object-acl"
	PointPath     Path = "access-point"
)

// Grant is one thing allowed to somebody.
type Grant struct {
	Path     Path
	Name     string    // in short: "AllUsers READ", "* s3:GetObject"
	To       []Grantee // those it names; only those not known to be one's own, where there are any
	Public   bool      // by S3's own definition
	Reach    Reach
	Access   Access
	Severity alert.Severity
	Foreign  bool   // lets in somebody not known to be one's own, or is worth telling for another reason
	Reason   string // one sentence
	Live     Tri    // whether every gate on its path is open

	grantee string // in short, as the policy has it
	own     bool   // lets in nobody but one's own, however S3 calls it
}

// Verdict is the answer about one bucket.
type Verdict struct {
	Public    Tri // S3's own verdict on the grants given, before any gate; Maybe: cannot tell
	Reach     Reach
	Access    Access
	Severity  alert.Severity // by the ladder and the real reach of the grants, before any gate
	Effective State          // after Public Access Block and Object Ownership
	Grants    []Grant        // worst first
	Reasons   []string
	Error     string // why it cannot be judged; empty if it can
}

// Others names those let in that are not known to be one's own, worst first, as parts of a sentence: "anyone on the
// internet", "external account 444455556666". One's own, named by a pattern that S3 would not take for fixed, are not
// among them.
func (v *Verdict) Others() []string {
	var out []string
	for i := range v.Grants {
		g := &v.Grants[i]
		if name := lowered(g.phrase()); g.counts() && !g.own && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
