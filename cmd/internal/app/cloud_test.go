package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

const logBucket = "org-cloudtrail-logs"

// cloud is an S3 with the trail's bucket, and an SQS with as many queues as are asked for, both on loopback, where
// the settings of the AWS SDK point at them.
type cloud struct {
	store *s3mem.Backend

	mu     sync.Mutex
	queues map[string]*sqstest.Server
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{store: s3mem.New(), queues: map[string]*sqstest.Server{}}
	queues, objects := httptest.NewServer(c), httptest.NewServer(gofakes3.New(c.store).Server())
	t.Cleanup(queues.Close)
	t.Cleanup(objects.Close)
	awsSettings(t, queues.URL, objects.URL)
	if err := c.store.CreateBucket(logBucket); err != nil {
		t.Fatal(err)
	}
	return c
}

// awsSettings points the SDK at the endpoints, and at nothing else.
func awsSettings(t *testing.T, sqs, s3 string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SQS": sqs, "AWS_ENDPOINT_URL_S3": s3, "AWS_REGION": "eu-west-1",
		"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
}

// queue makes a queue and gives its URL.
func (c *cloud) queue(name string, f sqstest.Faults) (*sqstest.Server, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queues[name] = sqstest.New(f)
	return c.queues[name], "https://sqs.eu-west-1.amazonaws.com/111122223333/" + name
}

// ServeHTTP passes a call on to the queue it names.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var call struct {
		QueueURL string `json:"QueueUrl"`
	}
	if err == nil {
		err = json.Unmarshal(body, &call)
	}
	c.mu.Lock()
	queue := c.queues[path.Base(call.QueueURL)]
	c.mu.Unlock()
	if err != nil || queue == nil {
		http.Error(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}`, http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	queue.ServeHTTP(w, r)
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
