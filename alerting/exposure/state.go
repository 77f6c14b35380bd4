package exposure

// Flags are the four flags of a Public Access Block, each a fact of its own: a request accepted by S3 proves
// one flag off and says nothing of the others. Index with a Flag.
type Flags [flags]Fact[Tri]

// Bucket is everything seen of one bucket. It is plain data: marshal it as JSON, keep it, read it back. The
// zero value is a bucket never seen.
type Bucket struct {
	Name      string `json:"name"`
	Account   string `json:"account,omitempty"` // owner, 12 digits
	Region    string `json:"region,omitempty"`
	Partition string `json:"partition,omitempty"` // aws, aws-cn or aws-us-gov

	Exists    Fact[bool]      `json:"exists,omitempty"`
	ACL       Fact[ACL]       `json:"acl,omitempty"`
	Policy    Fact[string]    `json:"policy,omitempty"` // JSON text; empty: none
	Block     Flags           `json:"block"`
	Ownership Fact[Ownership] `json:"ownership,omitempty"`
	Website   Fact[bool]      `json:"website,omitempty"`
	// Settings are the other settings whose loss matters, by name; see Setting.
	Settings map[Setting]Fact[string] `json:"settings,omitempty"`
	// Objects are the ACLs of single objects by key, only of the latest changed.
	Objects map[string]Fact[ACL] `json:"objects,omitempty"`
}

// Setting names a bucket setting that is kept only so that its former value is known: as compact JSON of the
// request's configuration, or empty where it was switched off.
type Setting string

// The settings kept.
const (
	Logging     Setting = "logging"
	Versioning  Setting = "versioning"
	Encryption  Setting = "encryption"
	Lifecycle   Setting = "lifecycle"
	Replication Setting = "replication"
	CORS        Setting = "cors"
	ObjectLock  Setting = "object-lock"
)

// Account is everything seen of one account that decides about all of its buckets, and its access points: their
// policies are set by the access point's name alone, so they cannot be kept with a bucket.
type Account struct {
	ID           string                  `json:"id"`
	Block        Flags                   `json:"block"`
	Organization Flags                   `json:"organization"`
	AccessPoints map[string]*AccessPoint `json:"access_points,omitempty"`
	// Policies are the S3 policies of the organization that this account manages; nil if it was not seen to manage one.
	Policies *OrganizationPolicies `json:"organization_policies,omitempty"`
}

// AccessPoint is one access point or multi-region access point.
type AccessPoint struct {
	Name    string       `json:"name"`
	Bucket  Fact[string] `json:"bucket,omitempty"` // empty value: the access point was deleted
	VPCOnly Fact[bool]   `json:"vpc_only,omitempty"`
	Block   Flags        `json:"block"`
	Policy  Fact[string] `json:"policy,omitempty"`
}
