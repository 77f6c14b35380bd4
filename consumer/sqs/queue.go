package sqs

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"go.uber.org/zap"
)

const (
	batchSize         = 10               // SQS's own limit, for receiving and for batch calls
	longPoll          = 20               // seconds, SQS's longest
	callTimeout       = 10 * time.Second // of a call that does not wait
	defaultVisibility = 30 * time.Second // SQS's own default
)

// Config names a queue and how to reach it. Endpoint and credentials follow the AWS SDK's own rules.
type Config struct {
	URL        string
	Region     string // empty: from the URL, else the SDK's rules
	AssumeRole string // ARN; empty: the process's own credentials
	ExternalID string // goes with AssumeRole
}

// Message is one message received from a queue. It stays invisible to others while its handler works.
type Message struct {
	ID       string // SQS's message id: the same when it is delivered again
	Body     []byte
	Received time.Time
	Sent     time.Time // zero when the queue does not say
	Receives int       // how often it was delivered, this time included; a guess of SQS's

	receipt string
	until   time.Time // when it becomes visible again unless renewed
	expired bool      // SQS no longer takes the receipt
}

// Queue is one queue being worked.
type Queue struct {
	name       string
	url        *string
	client     *sqs.Client
	log        *zap.Logger
	visibility time.Duration // set before the first message is received

	mu    sync.Mutex
	held  map[*Message]struct{} // received and not yet deleted or let go
	bytes int                   // of the held messages' bodies
	freed chan struct{}         // has a value when something was let go
	state error                 // why the queue is not seen to work; nil when the last receive succeeded
	fails int                   // handlers that failed since the last that did not
}

// Open prepares a queue. It reads the SDK's settings and calls nothing; options are for tests.
func Open(ctx context.Context, cfg Config, log *zap.Logger, options ...func(*sqs.Options)) (*Queue, error) {
	region := cfg.Region
	if region == "" {
		region = regionOf(cfg.URL)
	}
	load := []func(*config.LoadOptions) error{}
	if region != "" {
		load = append(load, config.WithRegion(region))
	}
	c, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, fmt.Errorf("load AWS settings: %w", err)
	}
	if cfg.AssumeRole != "" {
		c.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(c), cfg.AssumeRole,
			func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName = "trailwarden"
				if cfg.ExternalID != "" {
					o.ExternalID = aws.String(cfg.ExternalID)
				}
			}))
	}
	name := path.Base(cfg.URL)
	return &Queue{
		name: name, url: aws.String(cfg.URL), client: sqs.NewFromConfig(c, options...),
		log: log.With(zap.String("stage", "consumer"), zap.String("queue", name)), visibility: defaultVisibility,
		held: make(map[*Message]struct{}), freed: make(chan struct{}, 1), state: errors.New("nothing received yet"),
	}, nil
}

// Name is the last element of the queue's URL.
func (q *Queue) Name() string { return q.name }

// Ready returns nil when the last attempt to receive succeeded, else why it did not.
func (q *Queue) Ready() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.state != nil {
		return fmt.Errorf("queue %s: %w", q.name, q.state)
	}
	return nil
}

// Check asks the queue for its attributes and returns what a careful operator would change. The error says why
// the queue cannot be asked.
func (q *Queue) Check(ctx context.Context) (warnings []string, err error) {
	a, err := q.attributes(ctx)
	if err != nil {
		return nil, err
	}
	if a[string(types.QueueAttributeNameRedrivePolicy)] == "" {
		warnings = append(warnings, "queue "+q.name+" has no redrive policy: a message that keeps failing comes back until its"+
			" retention ends and is then lost; give the queue a dead-letter queue")
	}
	if v, ok := visibilityOf(a); ok && v < 10*time.Second {
		warnings = append(warnings, fmt.Sprintf("queue %s has a visibility timeout of %s: messages may be delivered twice"+
			" when the network is slow; set 30 s or more", q.name, v))
	}
	return warnings, nil
}

// Send puts a message into the queue.
func (q *Queue) Send(ctx context.Context, body string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if _, err := q.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: q.url, MessageBody: aws.String(body)}); err != nil {
		return fmt.Errorf("send to queue %s: %w", q.name, err)
	}
	return nil
}

func (q *Queue) attributes(ctx context.Context) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: q.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("get attributes of queue %s: %w", q.name, err)
	}
	return out.Attributes, nil
}

// visibilityOf reads the queue's visibility timeout; ok is false when it is not told, or zero.
func visibilityOf(attributes map[string]string) (v time.Duration, ok bool) {
	s, err := strconv.Atoi(attributes[string(types.QueueAttributeNameVisibilityTimeout)])
	return time.Duration(s) * time.Second, err == nil && s > 0
}

// regionOf reads the region from a queue's URL, such as https://sqs.eu-west-1.amazonaws.com/….
func regionOf(url string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	parts := strings.Split(host, ".")
	if len(parts) >= 4 && parts[0] == "sqs" && parts[2] == "amazonaws" {
		return parts[1]
	}
	return ""
}
