//go:build fauxqs

package app_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// peer is fauxqs, an SQS and S3 that nobody here wrote, asked with the AWS SDK.
type peer struct {
	sqs *sqs.Client
	s3  *s3.Client
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	url := os.Getenv("FAUXQS_URL")
	if url == "" {
		t.Fatal("FAUXQS_URL names no running fauxqs: run .ci/integration")
	}
	awsSettings(t.Setenv, url, url)
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{sqs: sqs.NewFromConfig(cfg), s3: s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })}
	_, err = p.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(logBucket)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *peer) put(t *testing.T, key string, content []byte) {
	t.Helper()
	_, err := p.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(logBucket), Key: aws.String(key), Body: bytes.NewReader(content)})
	if err != nil {
		t.Fatal(err)
	}
}

// queue makes a queue and gives its URL.
func (p *peer) queue(t *testing.T, name string) string {
	t.Helper()
	out, err := p.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(name)})
	if err != nil {
		t.Fatal(err)
	}
	return *out.QueueUrl
}

func (p *peer) send(t *testing.T, url string, messages []string) {
	t.Helper()
	const room = 200 << 10 // bytes of a batch
	for len(messages) > 0 {
		var entries []types.SendMessageBatchRequestEntry
		size := 0
		for len(messages) > 0 && len(entries) < 10 && (len(entries) == 0 || size+len(messages[0]) <= room) {
			entries = append(entries, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(len(entries))), MessageBody: aws.String(messages[0])})
			size += len(messages[0])
			messages = messages[1:]
		}
		out, err := p.sqs.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: aws.String(url), Entries: entries})
		if err != nil || len(out.Failed) > 0 {
			t.Fatalf("send %d messages: %v %+v", len(entries), err, out)
		}
	}
}

// empty tells whether nothing is left in the queue, be it visible or not.
func (p *peer) empty(t *testing.T, url string) func() bool {
	return func() bool {
		out, err := p.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Attributes["ApproximateNumberOfMessages"] == "0" && out.Attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
	}
}

func TestFauxqsEveryForm(t *testing.T) {
	p := newPeer(t)
	records := among(500, 1, kops())
	p.put(t, logKey, packed(t, logFile(records)))
	for name, messages := range forms() {
		t.Run(name, func(t *testing.T) {
			url := p.queue(t, strings.NewReplacer(" ", "-", ",", "").Replace(name))
			w := newWorld(t, url, "")
			d := w.start(t)
			p.send(t, url, messages(t, logKey, records))
			a := toldOnce(t, d, w, p.empty(t, url))
			checkTold(t, w, a)
			if l := d.ledger(t); l.Records.In != 501 || l.Alerts["opened"] != 1 {
				t.Errorf("the ledger: %+v", l)
			}
		})
	}
}

func TestFauxqsTwoPathsAndPoison(t *testing.T) {
	p := newPeer(t)
	records := among(100, 1, kops())
	key := strings.Replace(logKey, "a b", "second", 1)
	p.put(t, key, packed(t, logFile(records)))
	p.put(t, "garbage", []byte("\x1f\x8b no gzip"))
	url := p.queue(t, "two-paths")
	w := newWorld(t, url, "")
	d := w.start(t)
	sent := []string{
		s3Notice(t, logBucket, "missing"), s3Notice(t, "somebody-elses", key), s3Notice(t, logBucket, "garbage"), "no JSON",
		s3Notice(t, logBucket, key), apiCall(t, kops().record()), viaSNS(t, trailNotice(t, logBucket, key)), objectCreated(t, logBucket, key),
	}
	p.send(t, url, slices.Concat(sent, sent[4:]))
	a := toldOnce(t, d, w, p.empty(t, url))
	checkTold(t, w, a)
	l := d.ledger(t)
	if l.Records.In != 6*101+2 || l.Records.Matched+l.Records.Unmatched != 101 || l.Objects.Quarantined != 3 || l.Messages.Quarantined != 1 {
		t.Errorf("the ledger: %+v", l)
	}
}
