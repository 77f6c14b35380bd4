package s3log

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// anyRegion is the region asked when none is configured: S3 answers there with a bucket's own.
const anyRegion = "us-east-1"

// Access says whose credentials read log objects, and where from.
type Access struct {
	Region     string   // of the buckets; empty: the SDK's rules. A bucket elsewhere is found by S3's answer.
	Role       string   // ARN of a role to assume; empty: the process's own credentials
	ExternalID string   // goes with Role
	Buckets    []string // the only buckets read; empty: whatever the credentials allow
}

// Fetcher reads objects with one Access. It may be shared.
type Fetcher struct {
	access Access
	base   aws.Config

	mu      sync.Mutex
	clients map[string]*s3.Client // by region
	regions map[string]string     // of buckets found elsewhere
}

// NewFetcher prepares the credentials; it makes no call. Endpoints and credentials follow the AWS SDK's own
// rules; with the S3 endpoint overridden buckets are addressed in the path.
func NewFetcher(ctx context.Context, access Access) (*Fetcher, error) {
	base, err := config.LoadDefaultConfig(ctx, config.WithRegion(access.Region))
	if err != nil {
		return nil, fmt.Errorf("load the AWS settings for reading log objects: %w", err)
	}
	if base.Region == "" {
		base.Region = anyRegion
	}
	if access.Role != "" {
		base.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(base), access.Role,
			func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName = "trailwarden"
				if access.ExternalID != "" {
					o.ExternalID = aws.String(access.ExternalID)
				}
			}))
	}
	return &Fetcher{access: access, base: base, clients: map[string]*s3.Client{}, regions: map[string]string{}}, nil
}

// Fetch opens an object, in a given version unless version is empty; the caller closes it. Errors: *RefusedError,
// *MissingError, *ForbiddenError; every other error, of Fetch or of reading the body, is a passing one.
func (f *Fetcher) Fetch(ctx context.Context, bucket, key, version string) (io.ReadCloser, error) {
	if len(f.access.Buckets) > 0 && !slices.Contains(f.access.Buckets, bucket) {
		return nil, &RefusedError{Bucket: bucket}
	}
	if bucket == "" || key == "" {
		return nil, &MissingError{Bucket: bucket, Key: key, Err: errors.New("no bucket or key given")}
	}
	in := &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)}
	if version != "" {
		in.VersionId = aws.String(version)
	}
	client, region := f.client(bucket)
	out, err := client.GetObject(ctx, in)
	if err != nil && f.moved(bucket, region, err) {
		client, _ = f.client(bucket)
		out, err = client.GetObject(ctx, in)
	}
	if err != nil {
		return nil, explainFetch(bucket, key, err)
	}
	return out.Body, nil
}

// client returns the client for the region the bucket is known to be in.
func (f *Fetcher) client(bucket string) (client *s3.Client, region string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	region = f.regions[bucket]
	if region == "" {
		region = f.base.Region
	}
	if client = f.clients[region]; client == nil {
		client = s3.NewFromConfig(f.base, func(o *s3.Options) {
			o.Region = region
			o.UsePathStyle = o.BaseEndpoint != nil
			o.DisableLogOutputChecksumValidationSkipped = true
		})
		f.clients[region] = client
	}
	return client, region
}

// moved reports whether S3 answered that the bucket is in another region than asked, and remembers it.
func (f *Fetcher) moved(bucket, asked string, err error) bool {
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &answer) || answer.Response == nil {
		return false
	}
	region := answer.Response.Header.Get("X-Amz-Bucket-Region")
	if region == "" || region == asked {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.regions[bucket] = region
	return true
}

// explainFetch gives an error of GetObject its class.
func explainFetch(bucket, key string, err error) error {
	var answer *smithyhttp.ResponseError
	if failedService(err) == "S3" && errors.As(err, &answer) {
		switch status := answer.HTTPStatusCode(); {
		case status == http.StatusNotFound:
			return &MissingError{Bucket: bucket, Key: key, Err: err}
		case status == http.StatusForbidden && !aboutCredentials(err):
			return &ForbiddenError{Bucket: bucket, Key: key, Err: err}
		}
	}
	return fmt.Errorf("fetch s3://%s/%s: %w", bucket, key, err)
}

// failedService is the service whose call failed in the end: STS, when the role could not be assumed.
func failedService(err error) string {
	service := ""
	for op := (*smithy.OperationError)(nil); errors.As(err, &op); err = op.Err {
		service = op.Service()
	}
	return service
}

// aboutCredentials reports whether S3 refused the signature rather than the read: other credentials, or the
// same ones after a change, may succeed.
func aboutCredentials(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestExpired":
		return true
	default:
		return false
	}
}
