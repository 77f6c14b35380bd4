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
// the header names alone and may say yes for an ACL that changes nothing, never no for one that does.
func Carries(raw []byte) bool {
	return bytes.Contains(raw, []byte("x-amz-acl")) || bytes.Contains(raw, []byte("x-amz-grant-")) ||
		bytes.Contains(raw, []byte("AccessControl")) || bytes.Contains(raw, []byte("accessControl"))
}
