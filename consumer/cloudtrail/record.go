// Package cloudtrail is the vocabulary of every stage: the CloudTrail record in its two forms, and the actor
// behind it. It is a leaf: it imports nothing of the project and does no I/O.
//
// A Header is read in one pass without allocating and holds what sharding, history and the choice of rules
// need; a Record is decoded in full, only for the few records that some detection asked for. Both take every
// shape seen in the wild: fields as strings or one-element lists, members with either capital, identities
// without a type, parameters that are null or text.
package cloudtrail

import "time"

// Record is one CloudTrail event, decoded in full. Absent text is empty, absent trees do not Exist.
type Record struct {
	EventVersion       string
	EventID            string
	EventName          string
	EventSource        string    // "s3.amazonaws.com"
	EventTime          time.Time // zero when it cannot be read: see Header.Time
	EventType          string    // "AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn", …
	EventCategory      string    // "Management", "Data", "Insight", "NetworkActivity", or empty
	Region             string
	SourceIPAddress    string // an address, a service host, "AWS Internal", or empty
	UserAgent          string
	ErrorCode          string
	ErrorMessage       string
	RecipientAccountID string
	RequestID          string // of the call: all records of one call have the same
	SharedEventID      string
	VPCEndpointID      string
	// VPCEndpointAccountID is the account that owns the VPC endpoint; empty in older records.
	VPCEndpointAccountID string
	ReadOnly             bool
	UserIdentity         UserIdentity
	Resources            []Resource
	RequestParameters    Value
	ResponseElements     Value
	AdditionalEventData  Value
	ServiceEventDetails  Value
	TLSDetails           Value
}

// UserIdentity is who CloudTrail says made the call, as recorded.
type UserIdentity struct {
	Type          string
	PrincipalID   string
	ARN           string
	AccountID     string
	AccessKeyID   string
	UserName      string
	InvokedBy     string // service host, when AWS made the call for somebody
	Provider      string // identityProvider of SAML and web identity users
	OnBehalfOf    string // onBehalfOf.userId of IAM Identity Center
	MFA           bool   // sessionContext.attributes.mfaAuthenticated, which comes as text
	SessionIssuer SessionIssuer
}

// SessionIssuer is the role or user behind temporary credentials.
type SessionIssuer struct {
	Type, PrincipalID, ARN, AccountID, UserName string
}

// Resource is one entry of a record's resources.
type Resource struct {
	ARN, AccountID, Type string
}
