package exposure

import "strings"

// Directory reports whether a name is that of a directory bucket. All four flags of its block and BucketOwnerEnforced are
// fixed: it has no ACL, and no policy can make it public ("Block Public Access for directory buckets").
func Directory(bucket string) bool { return strings.HasSuffix(bucket, "--x-s3") }
