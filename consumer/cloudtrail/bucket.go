package cloudtrail

import (
	"bytes"
	"strings"
)

// Bucket is the name of the bucket a call is about: bucketName of the request, or bucket as access point calls
// have it, or the bucket among the resources. Empty if there is none.
func (r *Record) Bucket() string {
	for _, name := range [...]string{"bucketName", "bucket"} {
		if b := bucketOf([]byte(r.RequestParameters.Get(name).Text())); len(b) > 0 && !bytes.HasPrefix(b, []byte("arn:")) {
			return string(b)
		}
	}
	if res, ok := r.bucketResource(); ok {
		return string(bucketOf([]byte(res.ARN)))
	}
	return ""
}

// Key is the object key a call is about, empty if there is none.
func (r *Record) Key() string { return r.RequestParameters.Get("key").Text() }

// bucketResource is the bucket among the record's resources.
func (r *Record) bucketResource() (Resource, bool) {
	for _, res := range r.Resources {
		if res.Type == "AWS::S3::Bucket" || res.Type == "" && strings.Contains(res.ARN, ":s3:::") && !strings.Contains(res.ARN, "/") {
			return res, true
		}
	}
	return Resource{}, false
}

// bucketOf is the bucket's name in its own ARN or in one of its objects'; any other text is returned as it is.
func bucketOf(name []byte) []byte {
	if !bytes.HasPrefix(name, []byte("arn:")) {
		return name
	}
	if _, path, ok := bytes.Cut(name, []byte(":s3:::")); ok {
		bucket, _, _ := bytes.Cut(path, []byte("/"))
		return bucket
	}
	if bytes.Contains(name, []byte(":s3express:")) { // arn:aws:s3express:region:account:bucket/name
		if _, path, ok := bytes.Cut(name, []byte(":bucket/")); ok {
			bucket, _, _ := bytes.Cut(path, []byte("/"))
			return bucket
		}
	}
	return name
}

// Header is the value of a request header as S3 records it among the parameters, such as x-amz-acl: names are
// compared without case, hyphens and underscores, and looked for one object deep as well (accessControlList
// holds the x-amz-grant headers).
func (r *Record) Header(name string) string {
	want := headerName(name)
	for key, v := range r.RequestParameters.Members() {
		if headerName(key) == want {
			return v.Text()
		}
	}
	for _, nested := range r.RequestParameters.Members() {
		for key, v := range nested.Members() {
			if headerName(key) == want {
				return v.Text()
			}
		}
	}
	return ""
}

func headerName(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// Failed reports whether the call did not succeed. A refused console sign-in carries a message and no code.
func (r *Record) Failed() bool { return r.ErrorCode != "" || r.ErrorMessage != "" }

// NetworkActivity reports whether the record repeats a call that passed through a VPC endpoint, as Header.NetworkActivity
// does.
func (r *Record) NetworkActivity() bool { return r.EventCategory == networkActivity }

// OwnerAccount is the account that owns what the call is about: that of the bucket among the resources, the
// account in the host of account-wide S3 calls, the account whose trail recorded the event, else the
// caller's. Empty if none is known.
func (r *Record) OwnerAccount() string {
	if res, ok := r.bucketResource(); ok && isAccountID(res.AccountID) {
		return res.AccountID
	}
	host, rest, _ := strings.Cut(r.RequestParameters.Get("host").Text(), ".")
	if isAccountID(host) && strings.HasPrefix(rest, "s3-control.") {
		return host
	}
	switch {
	case r.RecipientAccountID != "":
		return r.RecipientAccountID
	case isAccountID(r.UserIdentity.AccountID):
		return r.UserIdentity.AccountID
	default:
		return ""
	}
}

// Partition is the AWS partition of the event: "aws", "aws-us-gov", "aws-cn", …, taken from its ARNs, else from
// its region.
func (r *Record) Partition() string {
	arns := []string{r.UserIdentity.ARN, r.UserIdentity.SessionIssuer.ARN}
	for _, res := range r.Resources {
		arns = append(arns, res.ARN)
	}
	for _, arn := range arns {
		if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[0] == "arn" && parts[1] != "" {
			return parts[1]
		}
	}
	switch {
	case strings.HasPrefix(r.Region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(r.Region, "cn-"):
		return "aws-cn"
	default:
		return "aws"
	}
}
