package s3log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/trailwarden/trailwarden/consumer/awsclient"
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
	access  Access
	base    aws.Config
	options []func(*s3.Options)

	mu      sync.Mutex
	clients map[string]*s3.Client // by region
	regions map[string]string     // of buckets found elsewhere
}

// NewFetcher prepares the credentials; it makes no call. Endpoints and credentials follow the AWS SDK's own
// rules; with the S3 endpoint overridden buckets are addressed in the path. Options are for tests.
func NewFetcher(ctx context.Context, access Access, options ...func(*s3.Options)) (*Fetcher, error) {
	base, err := awsclient.Load(ctx, awsclient.Config{Region: access.Region, Role: access.Role, ExternalID: access.ExternalID})
	if err != nil {
		return nil, fmt.Errorf("read log objects: %w", err)
	}
	if base.Region == "" {
		base.Region = anyRegion
	}
	return &Fetcher{access: access, base: base, options: options, clients: map[string]*s3.Client{}, regions: map[string]string{}}, nil
}

// Object is an object of S3 being read. Reading fails with *StalledError when S3 sends too little.
type Object struct {
	io.ReadCloser
	ETag string // of the content, as S3 gives it; empty when it does not
}

// Fetch opens an object, in a given version unless version is empty; the caller closes it. It returns once the first
// bytes are there, or after ten seconds. Errors: *RefusedError, *MissingError, *ForbiddenError, *StalledError; every
// other error, of Fetch or of reading the body, is a passing one.
func (f *Fetcher) Fetch(ctx context.Context, bucket, key, version string) (*Object, error) {
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
	waiting := newPatience(ctx, bucket, key)
	out, err := ask(f, bucket, func(client *s3.Client) (*s3.GetObjectOutput, error) { return client.GetObject(waiting.ctx, in) })
	if err != nil {
		defer waiting.end()
		if stalled := waiting.over(); stalled != nil {
			return nil, stalled
		}
		return nil, explainFetch(bucket, key, err)
	}
	body, err := waiting.begin(out.Body)
	if err != nil {
		return nil, fmt.Errorf("fetch s3://%s/%s: %w", bucket, key, err)
	}
	if page := bytes.TrimLeft(body.head, byteOrderMark+white); bytes.HasPrefix(page, []byte("<")) && !answeredByS3(out) {
		return nil, errors.Join(&ForbiddenError{Bucket: bucket, Key: key, Err: errors.New("a page of something other than S3, such as a proxy")}, body.Close())
	}
	return &Object{ReadCloser: body, ETag: aws.ToString(out.ETag)}, nil
}

// MayList reports whether the bucket may be listed (s3:ListBucket), without which S3 answers for a missing object as it
// does for a forbidden one. The error says why that cannot be told.
func (f *Fetcher) MayList(ctx context.Context, bucket string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, awsclient.AnswerWithin)
	defer cancel()
	_, err := ask(f, bucket, func(client *s3.Client) (*s3.HeadBucketOutput, error) {
		return client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(bucket)})
	})
	var answer *smithyhttp.ResponseError
	switch {
	case err == nil:
		return true, nil
	case failedService(err) == "S3" && errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusForbidden:
		return false, nil
	default:
		return false, fmt.Errorf("ask for log bucket %s: %w", bucket, err)
	}
}

// ask makes a call in the region the bucket is known to be in, and again where S3 says that it is.
func ask[O any](f *Fetcher, bucket string, call func(*s3.Client) (O, error)) (O, error) {
	client, region := f.client(bucket)
	out, err := call(client)
	if err != nil && f.moved(bucket, region, err) {
		client, _ = f.client(bucket)
		out, err = call(client)
	}
	return out, err
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
		own := func(o *s3.Options) {
			o.Region = region
			o.UsePathStyle = o.BaseEndpoint != nil
			o.DisableLogOutputChecksumValidationSkipped = true
			o.HTTPClient = awsclient.Unhurried(f.base) // every call has a patience or a context that ends
		}
		client = s3.NewFromConfig(f.base, append([]func(*s3.Options){own}, f.options...)...)
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

// answeredByS3 reports whether an answer has what S3, and what speaks like it, gives every answer: an id.
func answeredByS3(out *s3.GetObjectOutput) bool {
	raw, _ := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response)
	return raw != nil && (raw.Header.Get("X-Amz-Request-Id") != "" || raw.Header.Get("X-Amz-Id-2") != "")
}
