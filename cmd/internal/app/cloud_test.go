package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

const logBucket = "org-cloudtrail-logs"

// servers are an S3 with the trail's bucket, and an SQS with as many queues as are asked for, both on loopback, where
// the settings of the AWS SDK point at them. All tests share them, so that they can run side by side.
type servers struct {
	store           *s3mem.Backend
	queues, objects *httptest.Server

	mu   sync.Mutex
	byID map[string]*sqstest.Server
}

var shared *servers // from before the first test to after the last

func newServers() (*servers, error) {
	s := &servers{store: s3mem.New(), byID: map[string]*sqstest.Server{}}
	s.queues, s.objects = httptest.NewServer(s), httptest.NewServer(gofakes3.New(s.store).Server())
	return s, s.store.CreateBucket(logBucket)
}

func (s *servers) close() {
	s.queues.Close()
	s.objects.Close()
}

// awsSettings points the SDK at the endpoints, and at nothing else.
func awsSettings(set func(name, value string), sqs, s3 string) {
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": sqs, "AWS_ENDPOINT_URL_S3": s3, "AWS_REGION": "eu-west-1",
		"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		set(name, value)
	}
}

// ServeHTTP passes a call on to the queue it names.
func (s *servers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var call struct {
		QueueURL string `json:"QueueUrl"`
	}
	if err == nil {
		err = json.Unmarshal(body, &call)
	}
	s.mu.Lock()
	queue := s.byID[call.QueueURL]
	s.mu.Unlock()
	if err != nil || queue == nil {
		http.Error(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}`, http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	queue.ServeHTTP(w, r)
}

// cloud is a test's own part of the servers: its queues. The objects of all tests lie in one bucket.
type cloud struct {
	*servers
	account string // of the queues
}

// newCloud gives the test its part, and lets it run beside others.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	t.Parallel()
	return shared.part(t)
}

// part is a part of the servers under the test's name.
func (s *servers) part(t *testing.T) *cloud {
	return &cloud{s, strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '-'
	}, t.Name())}
}

// queue makes a queue and gives its URL.
func (c *cloud) queue(name string, f sqstest.Faults) (*sqstest.Server, string) {
	url := "https://sqs.eu-west-1.amazonaws.com/" + c.account + "/" + name
	queue := sqstest.New(f)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID[url] = queue
	return queue, url
}

// put stores an object of the trail's bucket.
func (c *cloud) put(t *testing.T, key string, content []byte) {
	t.Helper()
	if _, err := c.store.PutObject(logBucket, key, nil, bytes.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}

// packed is content as gzip.
func packed(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
