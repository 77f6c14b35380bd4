package cloudtrail_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func TestScanSmoke(t *testing.T) {
	raw := []byte(`{"eventID":"1","eventName":"PutBucketAcl","requestParameters":{"bucketName":["b"],"x-amz-acl":["public-read"],"AccessControlPolicy":{"Grant":{"Permission":"READ"}}},"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/r/a@b.c"},"eventTime":"2024-02-29T10:00:01Z"}`)
	var h cloudtrail.Header
	n, err := h.Scan(raw)
	if n != len(raw) || err != nil || string(h.Bucket) != "b" {
		t.Fatal(n, err, string(h.Bucket))
	}
	r, err := cloudtrail.Decode(raw)
	if err != nil || r.Header("X-Amz-Acl") != "public-read" || r.RequestParameters.Get("accesscontrolpolicy", "Grant", "Permission").Text() != "READ" {
		t.Fatal(r, err)
	}
	if k := string(h.AppendActorKey(nil)); k != r.Actor().Key() || k != "arn:aws:iam::111122223333:role/r/a@b.c" {
		t.Fatal(k)
	}
	for i := range raw {
		if _, err := h.Scan(raw[:i]); err != cloudtrail.ErrShort {
			t.Fatal(i, err)
		}
	}
}
