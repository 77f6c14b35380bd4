package sqs

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/awsclient"
)

const (
	batchSize         = 10                     // SQS's own limit, for receiving and for batch calls
	longPoll          = 20                     // seconds, SQS's longest
	callTimeout       = awsclient.AnswerWithin // of a call that does not wait
	defaultVisibility = 30 * time.Second       // SQS's own default
	leastOutage       = 4 * time.Hour          // that a message should outlast before it is given up
	leastRetention    = 24 * time.Hour
)

// Config names a queue and how to reach it: at the host of its URL, unless the AWS SDK's own settings name an endpoint.
// Credentials follow the SDK's rules.
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

	undeleted error                          // why SQS refuses to delete; nil when it does not
	unhidden  error                          // why it refuses to change when messages are visible
	waiting   map[string]map[string]*Message // given back until something comes, by that and their ids
	woken     map[string]time.Time           // ids of messages, by when they were woken last
	waking    []*Message                     // to be made visible
	wakes     chan struct{}                  // has a value when there are some
}

// Open prepares a queue. It reads the SDK's settings and calls nothing; options are for tests.
func Open(ctx context.Context, cfg Config, log *zap.Logger, options ...func(*sqs.Options)) (*Queue, error) {
	region := cfg.Region
	if region == "" {
		region = RegionOf(cfg.URL)
	}
	c, err := awsclient.Load(ctx, awsclient.Config{Region: region, Role: cfg.AssumeRole, ExternalID: cfg.ExternalID})
	if err != nil {
		return nil, err
	}
	c.HTTPClient = awsclient.Unhurried(c) // every call has a context that ends
	name := path.Base(cfg.URL)
	return &Queue{
		name: name, url: aws.String(cfg.URL), client: sqs.NewFromConfig(c, append(options, at(cfg.URL))...),
		log: log.With(zap.String("stage", "consumer"), zap.String("queue", name)), visibility: defaultVisibility,
		held: make(map[*Message]struct{}), freed: make(chan struct{}, 1), state: errors.New("nothing received yet"),
		waiting: map[string]map[string]*Message{}, woken: map[string]time.Time{}, wakes: make(chan struct{}, 1),
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

// Undeleted returns why SQS refuses to delete messages that are done, nil while it does not. They come again until the
// redrive policy moves them, or their retention ends.
func (q *Queue) Undeleted() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.undeleted != nil {
		return fmt.Errorf("messages that are done cannot be deleted and come again: %w", q.undeleted)
	}
	return nil
}

// Trouble returns what SQS refuses although messages can be received: to delete them, or to change when they are visible,
// without which those that wait come back too soon, and too often for the redrive policy. It is nil while nothing is refused.
func (q *Queue) Trouble() error {
	undeleted := q.Undeleted()
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.unhidden == nil {
		return undeleted
	}
	return errors.Join(undeleted, fmt.Errorf("messages cannot be made to wait: %w", q.unhidden))
}

// Check asks the queue for its attributes and returns what a careful operator would change. The error says why
// the queue cannot be asked.
func (q *Queue) Check(ctx context.Context) (warnings []string, err error) {
	a, err := q.attributes(ctx)
	if err != nil {
		return nil, err
	}
	warnings = q.checkRedrive(a[string(types.QueueAttributeNameRedrivePolicy)])
	retention, err := strconv.Atoi(a[string(types.QueueAttributeNameMessageRetentionPeriod)])
	if kept := time.Duration(retention) * time.Second; err == nil && kept < leastRetention {
		warnings = append(warnings, fmt.Sprintf("queue %s keeps messages for %s: an outage that lasts longer loses events; set a retention of"+
			" a day or more, for example 14 days", q.name, kept))
	}
	if v, ok := visibilityOf(a); ok && v < 10*time.Second {
		warnings = append(warnings, fmt.Sprintf("queue %s has a visibility timeout of %s: messages may be delivered twice"+
			" when the network is slow; set 30 s or more", q.name, v))
	}
	return warnings, nil
}

// checkRedrive warns of a redrive policy that gives messages up too soon, or of none.
func (q *Queue) checkRedrive(policy string) []string {
	if policy == "" {
		return []string{"queue " + q.name + " has no redrive policy: a message that keeps failing comes back until its" +
			" retention ends and is then lost; give the queue a dead-letter queue"}
	}
	var redrive struct {
		MaxReceiveCount jsontext.Value `json:"maxReceiveCount"` // a number, or one as text
	}
	if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
		return nil
	}
	count, err := strconv.Atoi(text(redrive.MaxReceiveCount))
	if err != nil || count < 1 {
		return nil
	}
	var lasts time.Duration
	for receives := 1; receives <= count && lasts < leastOutage; receives++ {
		lasts += backOff(receives)
	}
	if lasts >= leastOutage {
		return nil
	}
	return []string{fmt.Sprintf("queue %s moves a message to its dead-letter queue after %d receives, %s after the first failure: an outage of"+
		" S3 or a missing right that lasts longer empties the queue into it; set maxReceiveCount to 20 or more, which is four hours", q.name, count, lasts)}
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
