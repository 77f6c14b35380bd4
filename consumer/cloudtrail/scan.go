package cloudtrail

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// ErrNotRecord says that a sound JSON object is no CloudTrail record: it has neither eventID nor eventName.
var ErrNotRecord = errors.New("neither eventID nor eventName")

// Scan reads the record at the start of buf, leading white space included, and returns the bytes it takes. The
// whole record is checked to be JSON; members of unexpected types are passed by. It does not allocate once
// the header's scratch has grown.
//
// Errors: ErrShort when the record goes on beyond buf; *SyntaxError when it is no JSON object; ErrNotRecord,
// with the bytes to pass by, when it is an object of another kind. A record without eventID gets the one that
// DerivedID makes of it.
func (h *Header) Scan(buf []byte) (n int, err error) {
	*h = Header{scratch: h.scratch[:0]}
	start := space(buf, 0)
	if start >= len(buf) {
		return 0, ErrShort
	}
	if buf[start] != '{' {
		return 0, &SyntaxError{Offset: start, Reason: "a record is an object"}
	}
	end, f := h.record(buf, start+1)
	if f != sound {
		return 0, f.err(end)
	}
	if len(h.EventID) == 0 {
		if len(h.EventName) == 0 {
			return end, ErrNotRecord
		}
		h.EventID = []byte(DerivedID(buf[start:end]))
	}
	return end, nil
}

// DerivedID is the identity of a record that came without eventID: the same bytes give the same one.
func DerivedID(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256-" + hex.EncodeToString(sum[:16])
}

// record reads the members of a record; i is the index after its opening bracket.
func (h *Header) record(b []byte, i int) (end int, f fault) {
	for first := true; ; first = false {
		var name []byte
		if name, i, f = member(b, i, first); name == nil {
			return i, f
		}
		switch string(name) {
		case "userIdentity", "UserIdentity":
			i, f = h.object(b, i, 1, (*Header).identityMember)
		case "requestParameters", "RequestParameters":
			i, f = h.object(b, i, 1, (*Header).parameter)
		default:
			i, f = h.text(b, i, 1, h.field(name))
		}
		if f != sound {
			return i, f
		}
	}
}

// field is where a member of the record is kept; nil if nowhere.
func (h *Header) field(name []byte) *[]byte {
	switch string(name) {
	case "eventID", "EventID", "eventId":
		return &h.EventID
	case "eventName", "EventName":
		return &h.EventName
	case "eventSource", "EventSource":
		return &h.EventSource
	case "eventTime", "EventTime":
		return &h.EventTime
	case "eventCategory", "EventCategory":
		return &h.EventCategory
	case "awsRegion", "AwsRegion":
		return &h.Region
	case "sourceIPAddress", "SourceIPAddress":
		return &h.SourceIP
	case "userAgent", "UserAgent":
		return &h.UserAgent
	case "errorCode", "ErrorCode":
		return &h.ErrorCode
	case "errorMessage", "ErrorMessage":
		return &h.ErrorMessage
	case "recipientAccountId", "RecipientAccountId":
		return &h.RecipientAccountID
	case "vpcEndpointId", "VpcEndpointId":
		return &h.VPCEndpointID
	case "vpcEndpointAccountId", "VpcEndpointAccountId":
		return &h.VPCEndpointAccountID
	default:
		return nil
	}
}

// object reads an object member by member through read, or passes by a value of another type.
func (h *Header) object(b []byte, i, depth int, read memberReader) (end int, f fault) {
	if i = space(b, i); i >= len(b) {
		return i, short
	}
	if b[i] != '{' {
		h.odd = h.odd || b[i] != 'n'
		return value(b, i, depth)
	}
	i++
	for first := true; ; first = false {
		var name []byte
		if name, i, f = member(b, i, first); name == nil {
			return i, f
		}
		if i, f = read(h, b, i, depth+1, name); f != sound {
			return i, f
		}
	}
}

// memberReader reads the value at i of the named member and returns the index after it.
type memberReader func(h *Header, b []byte, i, depth int, name []byte) (end int, f fault)

func (h *Header) identityMember(b []byte, i, depth int, name []byte) (end int, f fault) {
	var to *[]byte
	switch string(name) {
	case "type":
		to = &h.Type
	case "principalId":
		to = &h.PrincipalID
	case "arn":
		to = &h.ARN
	case "accountId":
		to = &h.AccountID
	case "userName":
		to = &h.UserName
	case "invokedBy":
		to = &h.InvokedBy
	case "sessionContext":
		return h.object(b, i, depth, (*Header).sessionMember)
	case "onBehalfOf":
		return h.object(b, i, depth, (*Header).onBehalfOfMember)
	}
	return h.text(b, i, depth, to)
}

func (h *Header) sessionMember(b []byte, i, depth int, name []byte) (end int, f fault) {
	if string(name) == "sessionIssuer" {
		return h.object(b, i, depth, (*Header).issuerMember)
	}
	return value(b, i, depth)
}

func (h *Header) issuerMember(b []byte, i, depth int, name []byte) (end int, f fault) {
	var to *[]byte
	switch string(name) {
	case "type":
		to = &h.IssuerType
	case "arn":
		to = &h.IssuerARN
	case "userName":
		to = &h.IssuerName
	}
	return h.text(b, i, depth, to)
}

func (h *Header) onBehalfOfMember(b []byte, i, depth int, name []byte) (end int, f fault) {
	var to *[]byte
	if string(name) == "userId" {
		to = &h.OnBehalfOf
	}
	return h.text(b, i, depth, to)
}

func (h *Header) parameter(b []byte, i, depth int, name []byte) (end int, f fault) {
	switch string(name) {
	case "bucketName", "BucketName":
		i, f = h.text(b, i, depth, &h.Bucket)
		h.Bucket = bucketOf(h.Bucket)
		return i, f
	case "bucket", "Bucket":
		if len(h.Bucket) == 0 {
			i, f = h.text(b, i, depth, &h.Bucket)
			h.Bucket = bucketOf(h.Bucket)
			return i, f
		}
	}
	return value(b, i, depth)
}

// text reads any value and keeps it in to, unless nil, if it is text: a string, number or truth value, or a
// list of one of these. Any other value leaves it empty.
func (h *Header) text(b []byte, i, depth int, to *[]byte) (end int, f fault) {
	if i = space(b, i); i >= len(b) {
		return i, short
	}
	if to == nil {
		return value(b, i, depth)
	}
	*to = nil
	switch b[i] {
	case '"':
		end, escaped, f := text(b, i)
		if f == sound {
			*to = h.plain(b[i+1:end-1], escaped)
		}
		return end, f
	case '[':
		return h.onlyText(b, i, depth+1, to)
	case '{':
		h.odd = true
		return value(b, i, depth)
	case 'n':
		return value(b, i, depth)
	default:
		end, f = value(b, i, depth)
		if f == sound {
			*to = b[i:end]
		}
		return end, f
	}
}

// onlyText is text for a list, which counts as text if it holds one.
func (h *Header) onlyText(b []byte, i, depth int, to *[]byte) (end int, f fault) {
	end, f = array(b, i, depth)
	if f != sound {
		return end, f
	}
	if only, ok := (Value{b[i:end]}).only(); ok && only.kind() != '[' {
		_, _ = h.text(only.raw, 0, depth, to)
	} else {
		h.odd = true
	}
	return end, sound
}

// plain is the inside of a string without its escapes.
func (h *Header) plain(s []byte, escaped bool) []byte {
	if !escaped {
		return s
	}
	from := len(h.scratch)
	h.scratch = unescape(h.scratch, s)
	return h.scratch[from:len(h.scratch):len(h.scratch)]
}
