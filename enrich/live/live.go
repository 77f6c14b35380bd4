package live

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"golang.org/x/time/rate"

	"github.com/trailwarden/trailwarden/consumer/awsclient"
)

const (
	anyRegion   = "us-east-1" // asked when none is known: S3 answers there with a bucket's own
	timeout     = 10 * time.Second
	perSecond   = 2 // looks, of seven calls each at most
	maxClients  = 512
	sessionName = "trailwarden"
)

// Looker looks at buckets. It may be shared.
type Looker struct {
	cfg  Config
	base aws.Config
	tags map[string]bool // keys that are told, plain
	pace *rate.Limiter

	mu      sync.Mutex
	clients map[place]*clients
	roles   map[string]aws.CredentialsProvider // by ARN
}

// place is where the calls for a bucket go, and in whose name.
type place struct{ account, region string }

type clients struct {
	s3      *s3.Client
	control *s3control.Client
}

// New prepares the credentials; it makes no call. Endpoints and credentials follow the AWS SDK's own rules; with the
// S3 endpoint overridden buckets are addressed in the path.
func New(ctx context.Context, cfg Config) (*Looker, error) {
	base, err := awsclient.Load(ctx, awsclient.Config{})
	if err != nil {
		return nil, fmt.Errorf("look at buckets: %w", err)
	}
	if base.Region == "" {
		base.Region = anyRegion
	}
	l := &Looker{
		cfg: cfg, base: base, tags: map[string]bool{}, pace: rate.NewLimiter(perSecond, perSecond),
		clients: map[place]*clients{}, roles: map[string]aws.CredentialsProvider{},
	}
	for _, key := range cfg.Tags {
		l.tags[plainKey(key)] = true
	}
	return l, nil
}

// Look asks S3 about a bucket of an account, for ten seconds at most once its turn has come; some looks a second are
// made. What is not allowed, or not understood, is unknown and no error. An error means that more may be learnt by
// looking again; the Finding then holds what was learnt before it.
//
// The names come from events: what is no bucket, region or account is asked for nowhere.
func (l *Looker) Look(ctx context.Context, bucket, region, account string) (Finding, error) {
	v := &visit{Looker: l, found: Finding{Bucket: bucket}}
	if !bucketName().MatchString(bucket) {
		v.found.Unseen = []string{"the bucket (not a bucket's name)"}
		return v.found, nil
	}
	if regionName().MatchString(region) {
		v.place.region = region
	} else {
		v.place.region = l.base.Region
	}
	if accountID().MatchString(account) {
		v.place.account = account
	}
	if err := l.pace.Wait(ctx); err != nil {
		return v.found, fmt.Errorf("wait for a turn to look at %s: %w", bucket, err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := v.askAll(ctx)
	return v.found, err
}

// at gives the clients for a place.
func (l *Looker) at(p place) *clients {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.clients[p]; c != nil {
		return c
	}
	if len(l.clients) >= maxClients {
		clear(l.clients)
		clear(l.roles)
	}
	cfg := l.base.Copy()
	cfg.Region = p.region
	if role := l.cfg.roleFor(p.account); role != "" {
		if l.roles[role] == nil {
			l.roles[role] = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(l.base), role, l.asRole))
		}
		cfg.Credentials = l.roles[role]
	}
	c := &clients{
		s3: s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }),
		control: s3control.NewFromConfig(cfg, func(o *s3control.Options) {
			if o.BaseEndpoint != nil { // else the account would become a part of the host
				o.EndpointResolverV2 = fixed(*o.BaseEndpoint)
			}
		}),
	}
	l.clients[p] = c
	return c
}

func (l *Looker) asRole(o *stscreds.AssumeRoleOptions) {
	o.RoleSessionName = sessionName
	if l.cfg.ExternalID != "" {
		o.ExternalID = aws.String(l.cfg.ExternalID)
	}
}

// fixed is an endpoint of S3 Control that is used as it is; the account is told in a header.
type fixed string

var _ s3control.EndpointResolverV2 = fixed("")

// ResolveEndpoint implements s3control.EndpointResolverV2.
func (f fixed) ResolveEndpoint(context.Context, s3control.EndpointParameters) (smithyendpoints.Endpoint, error) {
	u, err := url.Parse(string(f))
	if err != nil {
		return smithyendpoints.Endpoint{}, fmt.Errorf("endpoint of S3 Control: %w", err)
	}
	return smithyendpoints.Endpoint{URI: *u}, nil
}

func bucketName() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$`)
}

func regionName() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$`)
}
func accountID() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{12}$`) }
