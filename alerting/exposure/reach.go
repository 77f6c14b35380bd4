package exposure

// Tri is an answer that may be unknown. The zero value is Maybe, so what was never seen is never clean.
type Tri int8

// The answers.
const (
	No    Tri = -1
	Maybe Tri = 0
	Yes   Tri = 1
)

// TriOf is Yes for true and No for false.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// Bool is the answer as JSON shows it: true, false or, for Maybe, nil.
func (t Tri) Bool() *bool {
	if t == Maybe {
		return nil
	}
	b := t == Yes
	return &b
}

// String gives "yes", "no" or "maybe".
func (t Tri) String() string {
	switch t {
	case Yes:
		return "yes"
	case No:
		return "no"
	default:
		return "maybe"
	}
}

// Reach is who could really use a grant, whatever S3 calls it.
type Reach string

// The reaches, as alerts and answers spell them.
const (
	Internet     Reach = "internet"      // anyone, without an account
	AnyAWS       Reach = "any-aws"       // anyone with any AWS account
	AnyVPC       Reach = "any-vpc"       // anyone who makes a VPC of their own
	Organization Reach = "org"           // the members of one AWS organization
	CrossAccount Reach = "cross-account" // named principals of other accounts
	SameAccount  Reach = "account"       // the owner's own account
	AddressRange Reach = "ip-range"      // anyone at the named addresses
	VPC          Reach = "vpc"           // a named VPC or VPC endpoint
	Service      Reach = "service"       // AWS services
	Nobody       Reach = "none"
)

// rank orders reaches from the narrowest, 0, to the whole internet.
func (r Reach) rank() int {
	switch r {
	case Internet:
		return 9
	case AnyAWS:
		return 8
	case AnyVPC:
		return 7
	case Organization:
		return 6
	case CrossAccount:
		return 5
	case AddressRange:
		return 4
	case SameAccount:
		return 3
	case VPC:
		return 2
	case Service:
		return 1
	default:
		return 0
	}
}

// Wider reports whether r lets in more of the world than o.
func (r Reach) Wider(o Reach) bool { return r.rank() > o.rank() }

// open reports whether strangers are among those reached.
func (r Reach) open() bool { return r.rank() >= AnyVPC.rank() }

// phrase names the reached in a sentence.
func (r Reach) phrase() string {
	switch r {
	case Internet:
		return "everyone"
	case AnyAWS:
		return "any AWS account"
	case AnyVPC:
		return "any VPC in any AWS account"
	case Organization:
		return "one organization"
	case CrossAccount:
		return "named accounts"
	case AddressRange:
		return "an address range"
	case SameAccount:
		return "the bucket owner's account"
	case VPC:
		return "a named VPC or endpoint"
	case Service:
		return "AWS services"
	default:
		return "no one"
	}
}

func narrower(a, b Reach) Reach {
	if a.Wider(b) {
		return b
	}
	return a
}

func wider(a, b Reach) Reach {
	if b.Wider(a) {
		return b
	}
	return a
}

// State is what all grants and gates of a resource together amount to.
type State string

// The states. Latent: a public grant exists, but Public Access Block or Object Ownership stops it. Shared:
// named others can reach it. Unknown: nothing that decides has been seen, or it cannot be judged.
const (
	Private State = "private"
	Latent  State = "latent"
	Shared  State = "shared"
	Public  State = "public"
	Unknown State = "unknown"
)

// Access is the class of what a grant allows, least harmful first, so that classes compare with < and >.
type Access uint8

// The classes of access.
const (
	NoAccess Access = iota // nothing that S3 knows
	Recon                  // settings: ACLs, location, tags
	List
	Read
	Write
	Takeover // whoever has it can grant themselves the rest
)

// String names the class in lower case.
func (a Access) String() string {
	switch a {
	case Recon:
		return "recon"
	case List:
		return "list"
	case Read:
		return "read"
	case Write:
		return "write"
	case Takeover:
		return "takeover"
	default:
		return "none"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (a Access) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
