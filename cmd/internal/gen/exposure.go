package gen

import (
	"fmt"
	"slices"
	"time"
)

const allUsers = "http://acs.amazonaws.com/groups/global/AllUsers"

// exposure is a bucket that was opened and will be closed.
type exposure struct {
	bucket string
	policy bool // by policy, else by ACL
	until  time.Time
}

// expose opens a bucket to the world in one of the forms CloudTrail records. Most are closed within two hours.
func (g *Generator) expose(at time.Time) call {
	e := exposure{bucket: g.bucket(), policy: g.rand.IntN(2) == 0, until: at.Add(time.Duration(1+g.rand.IntN(120)) * time.Minute)}
	if g.rand.IntN(5) > 0 {
		i, _ := slices.BinarySearchFunc(g.open, e.until, func(o exposure, t time.Time) int { return o.until.Compare(t) })
		g.open = slices.Insert(g.open, i, e)
	}
	c := e.call("PutBucketAcl")
	switch {
	case e.policy:
		c = e.call("PutBucketPolicy")
		c.request = fmt.Sprintf(`{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject",`+
			`"Resource":"arn:aws:s3:::%[1]s/*"}]},"bucketName":"%[1]s","Host":"%[1]s.s3.%[2]s.amazonaws.com","policy":""}`, e.bucket, g.cfg.Region)
	case g.rand.IntN(2) == 0:
		c.request = fmt.Sprintf(`{"bucketName":"%[1]s","Host":"%[1]s.s3.%[2]s.amazonaws.com","acl":"","x-amz-acl":"%[3]s"}`,
			e.bucket, g.cfg.Region, pick(g, "public-read", "public-read", "public-read-write"))
	default:
		c.request = fmt.Sprintf(`{"bucketName":"%[1]s","Host":"%[1]s.s3.%[2]s.amazonaws.com","acl":"","AccessControlPolicy":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/",`+
			`"AccessControlList":{"Grant":[{"Grantee":{"xmlns:xsi":"http://www.w3.org/2001/XMLSchema-instance","xsi:type":"Group","URI":"%[3]s"},"Permission":"READ"}]}}}`,
			e.bucket, g.cfg.Region, allUsers)
	}
	return c
}

// closing undoes the exposure.
func (e exposure) closing() call {
	if e.policy {
		c := e.call("DeleteBucketPolicy")
		c.request = fmt.Sprintf(`{"bucketName":"%s","policy":""}`, e.bucket)
		return c
	}
	c := e.call("PutBucketAcl")
	c.request = fmt.Sprintf(`{"bucketName":"%s","acl":"","x-amz-acl":"private"}`, e.bucket)
	return c
}

// exposes reports whether a call opens a bucket, or closes it again.
func (c *call) exposes() bool {
	return c.name == "PutBucketAcl" || c.name == "PutBucketPolicy" || c.name == "DeleteBucketPolicy"
}

func (e exposure) call(name string) call {
	return call{service: "s3", name: name, bucket: e.bucket, response: "null"}
}
