package exposure

// Block is one level's Public Access Block: four independent flags, false where absent, as S3 reads them.
type Block struct {
	BlockPublicAcls       bool `json:"BlockPublicAcls"`       // refuses new public ACLs
	IgnorePublicAcls      bool `json:"IgnorePublicAcls"`      // neutralises every public ACL, stored or new
	BlockPublicPolicy     bool `json:"BlockPublicPolicy"`     // refuses new public policies
	RestrictPublicBuckets bool `json:"RestrictPublicBuckets"` // a public policy admits AWS services and the owner only
}

// BlockAll has all four flags on, the default of new buckets since April 2023.
func BlockAll() Block { return Block{true, true, true, true} }

// Flag is one of the four flags of a Public Access Block.
type Flag int

// The flags, in the order of their documentation.
const (
	BlockPublicAcls Flag = iota
	IgnorePublicAcls
	BlockPublicPolicy
	RestrictPublicBuckets
	flags
)

// String gives the flag's name as S3 spells it.
func (f Flag) String() string {
	switch f {
	case BlockPublicAcls:
		return "BlockPublicAcls"
	case IgnorePublicAcls:
		return "IgnorePublicAcls"
	case BlockPublicPolicy:
		return "BlockPublicPolicy"
	default:
		return "RestrictPublicBuckets"
	}
}

// Has reports whether the flag is on.
func (b Block) Has(f Flag) bool {
	switch f {
	case BlockPublicAcls:
		return b.BlockPublicAcls
	case IgnorePublicAcls:
		return b.IgnorePublicAcls
	case BlockPublicPolicy:
		return b.BlockPublicPolicy
	default:
		return b.RestrictPublicBuckets
	}
}

// Ownership is a bucket's Object Ownership setting. Empty means not set: ACLs work, as with ObjectWriter.
type Ownership string

// The values of Object Ownership. ACLsEnabled is not one of S3's: a public ACL was accepted, so it is one of
// the two that leave ACLs in force, but which was not seen.
const (
	BucketOwnerEnforced  Ownership = "BucketOwnerEnforced" // ACLs are disabled
	BucketOwnerPreferred Ownership = "BucketOwnerPreferred"
	ObjectWriter         Ownership = "ObjectWriter"
	ACLsEnabled          Ownership = "ACLs enabled"
)
