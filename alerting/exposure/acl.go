package exposure

// ACL is the access control list of a bucket or an object.
type ACL struct {
	Owner  string     `json:"owner,omitempty"` // canonical user id; empty if not known
	Grants []ACLGrant `json:"grants,omitempty"`
	// Fault says why it cannot be judged in full; empty if it can.
	Fault string `json:"fault,omitempty"`
}

// ACLGrant gives one permission to one grantee.
type ACLGrant struct {
	Grantee    string `json:"grantee"`    // AllUsers, AuthenticatedUsers, LogDelivery, or an id, e-mail address or URI
	Permission string `json:"permission"` // READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL
}

// OwnerID is the owner's canonical id as the document told it; empty where it did not.
func (a *ACL) OwnerID() string {
	if a.Owner == ownerID || group(a.Owner) != "" {
		return ""
	}
	return a.Owner
}

// IsOwner reports whether a grantee is the owner, whom its own ACL lets in whatever it says.
func (a *ACL) IsOwner(grantee string) bool { return grantee == a.owner() || grantee == ownerID }
