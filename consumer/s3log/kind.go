package s3log

import "strings"

// Kind is what an object of a trail's bucket holds.
type Kind string

// The kinds of object CloudTrail writes.
const (
	Log     Kind = "log"
	Digest  Kind = "digest"  // hashes of log files, for their validation
	Insight Kind = "insight" // CloudTrail Insights events
)

// KindOfKey tells the kind of an object by its key, as CloudTrail lays them out: AWSLogs/[org/]account/KIND/….
// Any other key is taken for a log.
func KindOfKey(key string) Kind {
	for folder := range strings.SplitSeq(key, "/") {
		switch folder {
		case "CloudTrail-Digest":
			return Digest
		case "CloudTrail-Insight":
			return Insight
		}
	}
	return Log
}
