// Package live asks S3 itself whether a bucket is public: a second opinion, with read-only calls, on what was
// concluded from events.
//
// S3 answers in pieces: its own verdict on the bucket policy (GetBucketPolicyStatus), the ACL as it is in effect
// (GetBucketAcl), Object Ownership, and Public Access Block of the bucket and of the account; the account's answer
// includes what its organization prescribes. Tags come along. Whatever may not be asked is unknown, and what is unknown
// is never taken for a no: a Finding says public or not public only where the pieces that were seen prove it.
//
// A look says nothing of single objects and of access points, which have grants of their own, and it cannot see what
// sleeps: S3 does not show the grants of an ACL that is ignored.
package live
