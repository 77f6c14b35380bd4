package cloudtrail

// Header is what the hot path reads of a record, by Scan. Every slice aliases the raw record, or the header's
// own scratch where the text held escapes; all are valid only until the raw record or the header is reused.
type Header struct {
	EventID, EventName, EventSource, EventTime   []byte
	EventCategory, Region, SourceIP, UserAgent   []byte
	ErrorCode, ErrorMessage, RecipientAccountID  []byte
	VPCEndpointID, VPCEndpointAccountID          []byte
	Bucket                                       []byte // requestParameters.bucketName, or access points' bucket
	Type, PrincipalID, ARN, AccountID, UserName  []byte // of userIdentity
	InvokedBy, IssuerType, IssuerARN, IssuerName []byte // of userIdentity
	OnBehalfOf                                   []byte // userIdentity.onBehalfOf.userId
	scratch                                      []byte
	// odd: a field that is kept as text holds an object, or a list of other than one
	odd bool
}

// Plain reports whether every field that the header keeps holds text, a number, a truth value or nothing, so that a nil
// field of the header is absent or null in the record.
func (h *Header) Plain() bool { return !h.odd }

// Account is the account whose trail recorded the event, else the caller's; empty if neither is known. For
// the owner of a bucket under a call from another account see Record.OwnerAccount.
func (h *Header) Account() []byte {
	if len(h.RecipientAccountID) > 0 {
		return h.RecipientAccountID
	}
	if isAccountID(h.AccountID) {
		return h.AccountID
	}
	return nil
}

// CanarySource is the eventSource of the daemon's own test events. AWS has no service of that name.
const CanarySource = "canary.trailwarden"

// Canary reports whether the record is such a test event, or a forged one: never anything that happened.
func (h *Header) Canary() bool { return string(h.EventSource) == CanarySource }

// NetworkActivity reports whether the record repeats, for the owner of a VPC endpoint, a call that passed through it: without
// its parameters, and beside the record of the call itself.
func (h *Header) NetworkActivity() bool { return string(h.EventCategory) == networkActivity }

const networkActivity = "NetworkActivity"

// Failed reports whether the call did not succeed. A refused console sign-in carries a message and no code.
func (h *Header) Failed() bool { return len(h.ErrorCode) > 0 || len(h.ErrorMessage) > 0 }

// Service reports whether an AWS service acted for itself.
func (h *Header) Service() bool {
	return string(h.Type) == "AWSService" || len(h.Type) == 0 && len(h.ARN) == 0 && len(h.InvokedBy) > 0
}

// isAccountID reports whether s is a 12-digit account number, rather than ANONYMOUS_PRINCIPAL or a service.
func isAccountID[T string | []byte](s T) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
