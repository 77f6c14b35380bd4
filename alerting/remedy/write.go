package remedy

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// multiRegionHome is where the calls about multi-region access points go ("Multi-Region Access Points" in the S3 User
// Guide).
const multiRegionHome = "us-west-2"

// bucketName reports whether S3 can have a bucket of the name; the command line takes no other.
func bucketName(name string) bool {
	const longest = 255
	return name != "" && len(name) <= longest && strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_", r)
	}) < 0
}

// regionOf is the region in an access point's key; a multi-region one is in none.
func regionOf(key string) string {
	region, _, ok := strings.Cut(key, "/")
	if !ok {
		return ""
	}
	return region
}

// putPolicy is the call that sets the policy of the target, or deletes it where nothing is left.
func (c *closing) putPolicy(before, after string) Write {
	w := Write{Service: "s3", Call: "PutBucketPolicy", Account: c.state.account(c.target), Bucket: c.target.Bucket, Before: known(before), After: known(after)}
	if c.target.Scope == exposure.AccessPointScope {
		w.Service, w.Call, w.Region, w.Bucket = "s3control", "PutAccessPointPolicy", regionOf(c.target.Key), ""
		w.Point = strings.TrimPrefix(c.target.Key, w.Region+"/")
	}
	switch {
	case c.multiRegion():
		w.Call, w.Region = "PutMultiRegionAccessPointPolicy", multiRegionHome
	case after == "":
		w.Call = strings.Replace(w.Call, "Put", "Delete", 1)
	}
	return w
}

// putACL is the call that sets the ACL of the target.
func (c *closing) putACL(before, after *exposure.ACL) (Write, error) {
	w := Write{Service: "s3", Call: "PutBucketAcl", Account: c.state.account(c.target), Bucket: c.target.Bucket}
	if c.target.Scope == exposure.ObjectScope {
		w.Call = "PutObjectAcl"
		w.Object, w.Version = versionOf(c.target.Key)
	}
	text, err := aclRequest(after)
	if err != nil {
		return Write{}, err
	}
	w.After = known(text)
	if text, err := aclRequest(before); err == nil {
		w.Before = known(text)
	}
	return w, nil
}

// versionOf is the object and the version in a key of the state.
func versionOf(key string) (object, version string) {
	const mark = "?versionId="
	at := strings.LastIndex(key, mark)
	if at < 0 || strings.ContainsAny(key[at+len(mark):], "/?& ") || at+len(mark) == len(key) {
		return key, ""
	}
	return key[:at], key[at+len(mark):]
}
