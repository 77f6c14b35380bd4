package s3log

// Kind is what an object of a trail's bucket holds. It is decided by the object's content alone: whoever may update
// a trail chooses the folders of its files.
type Kind string

// The kinds of object, beside logs, that CloudTrail writes.
const (
	Digest  Kind = "digest"  // hashes of log files, for their validation
	Insight Kind = "insight" // CloudTrail Insights events
)

// isDigest reports whether the object b begins with is a digest file, as far as b goes: its list of log files comes last
// and may go on beyond b.
func isDigest(b []byte) bool {
	return hasMember(b, is("digestS3Bucket"), '"') && hasMember(b, is("logFiles"), '[')
}
