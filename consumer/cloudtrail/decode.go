package cloudtrail

import (
	"bytes"
	"time"
)

// Decode reads one record in full. Members of unexpected types are left empty and never fail the record; a
// record without eventID gets the one of DerivedID. It copies raw.
//
// Errors: ErrShort, *SyntaxError and ErrNotRecord as Header.Scan gives them; *SyntaxError also for text after
// the record.
func Decode(raw []byte) (*Record, error) {
	raw = bytes.Clone(bytes.TrimSpace(raw))
	var h Header
	n, err := h.Scan(raw)
	if err != nil {
		return nil, err
	}
	if n < len(raw) {
		return nil, &SyntaxError{Offset: n, Reason: "more text after the record"}
	}
	r := &Record{
		EventID: string(h.EventID), EventName: string(h.EventName), EventSource: string(h.EventSource),
		EventCategory: string(h.EventCategory), Region: string(h.Region), SourceIPAddress: string(h.SourceIP),
		UserAgent: string(h.UserAgent), ErrorCode: string(h.ErrorCode), ErrorMessage: string(h.ErrorMessage),
		RecipientAccountID: string(h.RecipientAccountID), VPCEndpointID: string(h.VPCEndpointID),
		VPCEndpointAccountID: string(h.VPCEndpointAccountID),
	}
	if ms, ok := h.Time(); ok {
		r.EventTime = time.UnixMilli(ms).UTC()
	}
	for name, v := range (Value{raw}).pairs() {
		r.set(name, v)
	}
	r.UserIdentity.Type, r.UserIdentity.PrincipalID = string(h.Type), string(h.PrincipalID)
	r.UserIdentity.ARN, r.UserIdentity.AccountID = string(h.ARN), string(h.AccountID)
	r.UserIdentity.UserName, r.UserIdentity.InvokedBy = string(h.UserName), string(h.InvokedBy)
	r.UserIdentity.OnBehalfOf = string(h.OnBehalfOf)
	issuer := &r.UserIdentity.SessionIssuer
	issuer.Type, issuer.ARN, issuer.UserName = string(h.IssuerType), string(h.IssuerARN), string(h.IssuerName)
	return r, nil
}

// set keeps what the header does not hold.
func (r *Record) set(name []byte, v Value) {
	switch string(name) {
	case "eventVersion":
		r.EventVersion = v.Text()
	case "eventType":
		r.EventType = v.Text()
	case "requestID":
		r.RequestID = v.Text()
	case "sharedEventID":
		r.SharedEventID = v.Text()
	case "readOnly":
		r.ReadOnly, _ = v.Bool()
	case "userIdentity", "UserIdentity":
		r.UserIdentity = identityOf(v)
	case "resources":
		r.Resources = resourcesOf(v)
	case "requestParameters", "RequestParameters":
		r.RequestParameters = v
	case "responseElements":
		r.ResponseElements = v
	case "additionalEventData":
		r.AdditionalEventData = v
	case "serviceEventDetails":
		r.ServiceEventDetails = v
	case "tlsDetails":
		r.TLSDetails = v
	}
}

// identityOf reads what the header does not hold of a userIdentity.
func identityOf(v Value) UserIdentity {
	u := UserIdentity{AccessKeyID: v.Get("accessKeyId").Text(), Provider: v.Get("identityProvider").Text()}
	session := v.Get("sessionContext")
	u.MFA, _ = session.Get("attributes", "mfaAuthenticated").Bool()
	if u.Provider == "" {
		u.Provider = session.Get("webIdFederationData", "federatedProvider").Text()
	}
	issuer := session.Get("sessionIssuer")
	u.SessionIssuer = SessionIssuer{PrincipalID: issuer.Get("principalId").Text(), AccountID: issuer.Get("accountId").Text()}
	return u
}

func resourcesOf(v Value) []Resource {
	var resources []Resource
	for _, e := range v.List() {
		r := Resource{ARN: e.Get("ARN").Text(), AccountID: e.Get("accountId").Text(), Type: e.Get("type").Text()}
		if r != (Resource{}) {
			resources = append(resources, r)
		}
	}
	return resources
}
