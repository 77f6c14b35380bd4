package exposure

import "bytes"

// Touches reports whether a record of this service and event name can change or say something about the
// exposure of a bucket, failed or not. Uploads can, but almost none does: see Carries.
func Touches(eventSource, eventName string) bool {
	switch eventSource {
	case "s3.amazonaws.com", "s3express.amazonaws.com", "s3-control.amazonaws.com", "s3control.amazonaws.com":
		return Upload(eventName) || actOf(eventName) != nil
	default:
		return false
	}
}

// Upload reports whether the event makes an object and may set its ACL in passing.
func Upload(eventName string) bool {
	switch eventName {
	case "PutObject", "CopyObject", "CreateMultipartUpload", "InitiateMultipartUpload", "PostObject":
		return true
	default:
		return false
	}
}

// Carries reports whether the raw record of an upload names an ACL, so that it is worth decoding. It looks for
// the header names alone, which may stand in the query in any case of their letters, and may say yes for an ACL that
// changes nothing, never no for one that does.
func Carries(raw []byte) bool {
	_, params, found := bytes.Cut(raw, []byte(`"requestParameters"`))
	if !found {
		params = raw
	}
	if bytes.Contains(params, []byte("ccessControl")) || bytes.Contains(params, []byte(`\u00`)) {
		return true
	}
	for {
		i := bytes.IndexByte(params, '-')
		if i < 0 {
			return false
		}
		if i > 0 && params[i-1]|0x20 == 'x' && (headed(params[i-1:], "x-amz-acl") || headed(params[i-1:], "x-amz-grant-")) {
			return true
		}
		params = params[i+1:]
	}
}

// headed reports whether text begins with the words, whatever the case of its letters.
func headed(text []byte, words string) bool {
	return len(text) >= len(words) && bytes.EqualFold(text[:len(words)], []byte(words))
}
