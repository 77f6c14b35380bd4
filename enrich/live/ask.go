package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// visit is one look under way.
type visit struct {
	*Looker
	place place
	found Finding
}

// askAll asks one question after the other. The first that gets no answer at all ends it.
func (v *visit) askAll(ctx context.Context) error {
	for _, q := range []struct {
		fact string
		ask  func(context.Context) error
	}{
		{"bucket policy", v.askPolicy},
		{"ACL", v.askACL},
		{"Object Ownership", v.askOwnership},
		{"Public Access Block of the bucket", v.askBucketBlock},
		{"tags", v.askTags},
		{"Public Access Block of the account", v.askAccountBlock},
	} {
		err := q.ask(ctx)
		if v.moved(err) {
			err = q.ask(ctx)
		}
		switch {
		case err == nil:
		case code(err) == "NoSuchBucket":
			v.found = Finding{Bucket: v.found.Bucket, Gone: true}
			return nil
		case answered(err):
			v.found.Unseen = append(v.found.Unseen, fmt.Sprintf("%s (%s)", q.fact, code(err)))
		default:
			v.found.Unseen = append(v.found.Unseen, q.fact+" and what is asked after it (no answer)")
			return fmt.Errorf("look at the %s of %s: %w", q.fact, v.found.Bucket, err)
		}
	}
	return nil
}

// name and owner are what every question begins with: a bucket of that name that somebody else has made since is not
// the one meant.
func (v *visit) name() *string { return &v.found.Bucket }

func (v *visit) owner() *string {
	if v.place.account == "" {
		return nil
	}
	return &v.place.account
}

func (v *visit) askPolicy(ctx context.Context) error {
	out, err := v.at(v.place).s3.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: v.name(), ExpectedBucketOwner: v.owner()})
	switch {
	case code(err) == "NoSuchBucketPolicy":
		v.found.Policy = No
	case err != nil:
		return err
	case out.PolicyStatus != nil:
		v.found.Policy = answer(out.PolicyStatus.IsPublic)
	}
	return nil
}

func (v *visit) askACL(ctx context.Context) error {
	out, err := v.at(v.place).s3.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: v.name(), ExpectedBucketOwner: v.owner()})
	if err != nil || out.Grants == nil { // an ACL without grants is empty, not absent
		return err
	}
	v.found.ACL = No
	for _, g := range out.Grants {
		if g.Grantee == nil {
			continue
		}
		group, public := strings.CutPrefix(aws.ToString(g.Grantee.URI), "http://acs.amazonaws.com/groups/global/")
		if public && (group == "AllUsers" || group == "AuthenticatedUsers") {
			v.found.ACL = Yes
			v.found.Grants = append(v.found.Grants, group+" "+string(g.Permission))
		}
	}
	return nil
}

func (v *visit) askOwnership(ctx context.Context) error {
	out, err := v.at(v.place).s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: v.name(), ExpectedBucketOwner: v.owner()})
	switch {
	case code(err) == "OwnershipControlsNotFoundError":
		v.found.ACLsOff = No
	case err != nil:
		return err
	case out.OwnershipControls != nil && len(out.OwnershipControls.Rules) > 0:
		enforced := out.OwnershipControls.Rules[0].ObjectOwnership == "BucketOwnerEnforced"
		v.found.ACLsOff = answer(&enforced)
	}
	return nil
}

const noBlock = "NoSuchPublicAccessBlockConfiguration"

func (v *visit) askBucketBlock(ctx context.Context) error {
	out, err := v.at(v.place).s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: v.name(), ExpectedBucketOwner: v.owner()})
	switch {
	case code(err) == noBlock:
		v.found.BucketBlock = Block{No, No}
	case err != nil:
		return err
	case out.PublicAccessBlockConfiguration != nil:
		b := out.PublicAccessBlockConfiguration
		v.found.BucketBlock = Block{answer(b.IgnorePublicAcls), answer(b.RestrictPublicBuckets)}
	}
	return nil
}

func (v *visit) askAccountBlock(ctx context.Context) error {
	if v.place.account == "" {
		return &smithy.GenericAPIError{Code: "account unknown"}
	}
	out, err := v.at(v.place).control.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: v.owner()})
	switch {
	case code(err) == noBlock:
		v.found.AccountBlock = Block{No, No}
	case err != nil:
		return err
	case out.PublicAccessBlockConfiguration != nil:
		b := out.PublicAccessBlockConfiguration
		v.found.AccountBlock = Block{answer(b.IgnorePublicAcls), answer(b.RestrictPublicBuckets)}
	}
	return nil
}

const maxTagValue = 80 // runes

func (v *visit) askTags(ctx context.Context) error {
	if len(v.tags) == 0 {
		return nil
	}
	out, err := v.at(v.place).s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: v.name(), ExpectedBucketOwner: v.owner()})
	if code(err) == "NoSuchTagSet" {
		return nil
	}
	if err != nil {
		return err
	}
	for _, tag := range out.TagSet {
		if v.tags[plainKey(aws.ToString(tag.Key))] {
			value := []rune(aws.ToString(tag.Value))
			v.found.Tags = append(v.found.Tags, aws.ToString(tag.Key)+"="+string(value[:min(len(value), maxTagValue)]))
		}
	}
	slices.Sort(v.found.Tags)
	return nil
}

// plainKey is a tag's key without what differs between houses: "data-classification" is "DataClassification".
func plainKey(key string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_:./", r) {
			return -1
		}
		return r
	}, strings.ToLower(key))
}

// moved reports whether S3 answered that the bucket is in another region than asked, and goes there.
func (v *visit) moved(err error) bool {
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &answer) || answer.Response == nil {
		return false
	}
	region := answer.Response.Header.Get("X-Amz-Bucket-Region")
	if region == v.place.region || !regionName().MatchString(region) {
		return false
	}
	v.place.region = region
	return true
}

// answered reports whether an error is a definite answer: no, you may not, or no, I do not know such a question.
// Trouble with the connection, the credentials or the load may pass.
func answered(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "ExpiredToken", "ExpiredTokenException", "InvalidToken",
		"TokenRefreshRequired", "RequestExpired", "RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "OperationAborted":
		return false
	}
	var answer *smithyhttp.ResponseError
	return !errors.As(err, &answer) || answer.HTTPStatusCode() < http.StatusInternalServerError && answer.HTTPStatusCode() != http.StatusTooManyRequests ||
		answer.HTTPStatusCode() == http.StatusNotImplemented
}

// code is the name AWS gives an error; empty for nil, "unknown" for what has none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return cmp.Or(api.ErrorCode(), "unknown")
	}
	return ""
}
