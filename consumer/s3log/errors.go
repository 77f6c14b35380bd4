package s3log

import (
	"fmt"

	"github.com/trailwarden/trailwarden/consumer/awsclient"
)

// FormatError says that an object is no CloudTrail log in any form known here.
type FormatError struct {
	Name string // of the object; may be empty
	Err  error
}

// Error names the object and what was found instead.
func (e *FormatError) Error() string {
	return fmt.Sprintf("%sno CloudTrail log: %v", prefix(e.Name), e.Err)
}

// Unwrap returns what was found.
func (e *FormatError) Unwrap() error { return e.Err }

// TruncatedError says that an object ended before its end.
type TruncatedError struct {
	Name  string // of the object; may be empty
	Bytes int64  // unpacked bytes read until then
}

// Error names the object and how much of it there was.
func (e *TruncatedError) Error() string {
	return fmt.Sprintf("%scut short after %d unpacked bytes", prefix(e.Name), e.Bytes)
}

// TooLargeError says that an object unpacks to more than allowed.
type TooLargeError struct {
	Name  string // of the object; may be empty
	Limit int64  // bytes
}

// Error names the object and the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%slarger than %d bytes unpacked (max_object_bytes)", prefix(e.Name), e.Limit)
}

// IgnoredError says that an object holds no records for this daemon, which is no fault.
type IgnoredError struct {
	Kind Kind // Digest or Insight
}

// Error names the kind.
func (e *IgnoredError) Error() string { return fmt.Sprintf("a CloudTrail %s file", e.Kind) }

// MissingError says that S3 has no such object: its own NoSuchKey or NoSuchVersion, never another's word.
type MissingError struct {
	Bucket, Key string
	Err         error
}

// Error names the object.
func (e *MissingError) Error() string {
	return fmt.Sprintf("s3://%s/%s: missing: %v", e.Bucket, e.Key, e.Err)
}

// Unwrap returns S3's answer.
func (e *MissingError) Unwrap() error { return e.Err }

// ForbiddenError says that a read was refused: by S3, by KMS, or by something between. The object may be there.
type ForbiddenError struct {
	Bucket, Key  string
	MaybeMissing bool // S3 answers so for a missing object as well, to who may not list the bucket
	Err          error
}

// Error names the object and what is needed.
func (e *ForbiddenError) Error() string {
	if e.MaybeMissing {
		return fmt.Sprintf("s3://%s/%s: refused or missing (needed are s3:GetObject, s3:GetObjectVersion for a versioned bucket, kms:Decrypt for an encrypted"+
			" trail, and s3:ListBucket, without which S3 refuses what is missing): %v", e.Bucket, e.Key, e.Err)
	}
	return fmt.Sprintf("s3://%s/%s: refused: %v", e.Bucket, e.Key, e.Err)
}

// Unwrap returns S3's answer.
func (e *ForbiddenError) Unwrap() error { return e.Err }

// StalledError says that a read was ended because S3 did not answer in time, or sent too little.
type StalledError struct {
	Bucket, Key string
}

// Error names the object and the limits.
func (e *StalledError) Error() string {
	return fmt.Sprintf("s3://%s/%s: no answer within %s, or less than %d KiB in %s", e.Bucket, e.Key, awsclient.AnswerWithin, leastBytes>>10, leastWithin)
}

// RefusedError says that a message named a bucket this daemon was not told to read.
type RefusedError struct {
	Bucket string
}

// Error names the bucket and the setting.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("bucket %q is not one of log_buckets", e.Bucket)
}

func prefix(name string) string {
	if name == "" {
		return ""
	}
	return name + ": "
}
