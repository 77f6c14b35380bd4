package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// hanging is a service that takes every call and never answers; called is closed at the first one that wanted says it
// is about.
func hanging(t *testing.T, wanted func(*http.Request) bool) (url string, called <-chan struct{}) {
	t.Helper()
	first := make(chan struct{}, 1)
	closing := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if wanted(r) {
			select {
			case first <- struct{}{}:
			default:
			}
		}
		select {
		case <-r.Context().Done():
		case <-closing:
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(closing) })
	return server.URL, first
}

// running is a daemon in a process of its own.
type running struct {
	*exec.Cmd
	stderr bytes.Buffer // to be read once it has ended
	ended  chan struct{}
}

// start runs a daemon with the settings until it is told to stop.
func start(t *testing.T, settings string, environ ...string) *running {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "trailwarden.yaml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("xoxb-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &running{Cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	r.Args = []string{"trailwarden", "run", "--config", file}
	r.Env = append(os.Environ(), environ...)
	r.Stderr = &r.stderr
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.ended)
		_ = r.Wait() // its status is looked at where it is wanted
	}()
	t.Cleanup(func() {
		_ = r.Process.Kill()
		<-r.ended
	})
	return r
}

// within waits for the end of a daemon, or of something it is to do, for as long as it may take.
func (r *running) within(t *testing.T, most time.Duration, what string, ended <-chan struct{}) {
	t.Helper()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		_ = r.Process.Kill()
		<-r.ended
		t.Fatalf("%s took more than %s\n%s", what, most, &r.stderr)
	}
}

const (
	patience = time.Minute
	// stopTime is how long a stop may take, as the manual says.
	stopTime = 30 * time.Second
)

const record = `{"Records":[{"eventVersion":"1.08","eventID":"0d4c9c1e-5f0e-4f39-9d9a-6a1f9a3f8b11","eventName":"PutBucketAcl","eventSource":"s3.amazonaws.com",` +
	`"eventTime":"2026-03-01T12:00:00Z","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333",` +
	`"requestParameters":{"bucketName":"kops-state","x-amz-acl":"public-read"},` +
	`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"}}]}`

// A Slack that hangs holds up no stop.
func TestStopBesideASlackThatHangs(t *testing.T) {
	t.Parallel()
	logs := t.TempDir()
	if err := os.WriteFile(filepath.Join(logs, "one.json"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	slack, called := hanging(t, func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "chat.postMessage") })
	r := start(t, fmt.Sprintf(`
data_dir: store
http: {listen: "127.0.0.1:0"}
nats: {shards: 2, max_bytes: 67108864}
consumer: {files: [%q]}
alerting:
  receivers: [{name: soc, slack: {token_file: token, channel: C0123456789, api_url: %q}}]
  routes: [{receivers: [soc]}]
`, logs, slack))
	r.within(t, patience, "the first message to Slack", called)
	if err := r.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.within(t, stopTime, "the stop", r.ended)
	if code := r.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("exit status %d\n%s", code, &r.stderr)
	}
}

// A log object that never comes is given ten seconds; a second signal gives it none, and nothing is lost by that.
func TestASecondSignalStopsAtOnce(t *testing.T) {
	t.Parallel()
	queue := sqstest.New(sqstest.Faults{})
	sqs := httptest.NewServer(queue)
	t.Cleanup(sqs.Close)
	s3, called := hanging(t, func(r *http.Request) bool { return strings.Contains(r.URL.Path, "log.json.gz") })
	r := start(t, `
data_dir: store
http: {listen: "127.0.0.1:0"}
nats: {shards: 2, max_bytes: 67108864}
consumer: {queues: [{url: "https://sqs.eu-west-1.amazonaws.com/111122223333/trail", region: eu-west-1, log_buckets: [org-logs]}]}
`, "AWS_ENDPOINT_URL_SQS="+sqs.URL, "AWS_ENDPOINT_URL_S3="+s3, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
		"AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
	queue.Send(`{"s3Bucket":"org-logs","s3ObjectKey":["log.json.gz"]}`)
	r.within(t, patience, "the first call of S3", called)
	again := time.NewTimer(0)
	defer again.Stop()
	<-again.C
	for n := range 2 {
		if err := r.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		again.Reset(2 * sameSignal)
		select {
		case <-again.C:
			if n > 0 {
				t.Error("it goes on after the second signal")
			}
		case <-r.ended:
			if n == 0 {
				t.Fatalf("it did not wait for what was under way\n%s", &r.stderr)
			}
		}
	}
	<-r.ended
	if code := r.ProcessState.ExitCode(); code != exitFailure || !strings.Contains(r.stderr.String(), "stopped at once by a second") {
		t.Errorf("exit status %d\n%s", code, &r.stderr)
	}
	if st := queue.Stats(); st.Deleted != 0 || st.InFlight+st.Visible != 1 {
		t.Errorf("the message is gone: %+v", st)
	}
}
