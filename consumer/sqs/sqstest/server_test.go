package sqstest_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"go.uber.org/goleak"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is the real SDK without retries, in front of a server.
type client struct {
	*sqs.Client
	t *testing.T
}

func dial(t *testing.T, s *sqstest.Server) client {
	return client{sqs.New(sqs.Options{Retryer: aws.NopRetryer{}}, s.Options), t}
}

func (c client) receive(wait int32) []types.Message {
	c.t.Helper()
	out, err := c.ReceiveMessage(c.t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(sqstest.QueueURL), MaxNumberOfMessages: 10, WaitTimeSeconds: wait,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out.Messages
}

func (c client) hide(receipt *string, seconds int32) error {
	_, err := c.ChangeMessageVisibility(c.t.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(sqstest.QueueURL), ReceiptHandle: receipt, VisibilityTimeout: seconds,
	})
	return err
}

func (c client) delete(receipt *string) error {
	_, err := c.DeleteMessage(c.t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(sqstest.QueueURL), ReceiptHandle: receipt})
	return err
}

func code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

func TestServerDeliversHidesAndDeletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{})
		c := dial(t, s)
		s.Send("one", "two")
		first := c.receive(0)
		if len(first) != 2 || aws.ToString(first[0].Body) != "one" || first[0].Attributes["ApproximateReceiveCount"] != "1" {
			t.Fatalf("received %+v", first)
		}
		if again := c.receive(5); len(again) != 0 {
			t.Errorf("received hidden messages: %+v", again)
		}
		if err := c.delete(first[0].ReceiptHandle); err != nil {
			t.Fatal(err)
		}
		if err := c.hide(first[1].ReceiptHandle, 0); err != nil {
			t.Fatal(err)
		}
		second := c.receive(0)
		if len(second) != 1 || second[0].Attributes["ApproximateReceiveCount"] != "2" {
			t.Fatalf("received %+v", second)
		}
		if err := c.hide(first[1].ReceiptHandle, 10); code(err) != "MessageNotInflight" {
			t.Errorf("an old receipt: %v", err)
		}
		if err := c.delete(aws.String("never")); code(err) != "ReceiptHandleIsInvalid" {
			t.Errorf("no receipt: %v", err)
		}
		st := s.Stats()
		if st.Deleted != 1 || st.InFlight != 1 || st.Visible != 0 || st.MostReceives != 2 || st.Calls["ReceiveMessage"] != 3 {
			t.Errorf("stats: %+v", st)
		}
	})
}

func TestServerLongPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{})
		s.SetVisibility(8 * time.Second)
		c := dial(t, s)
		start := time.Now()
		time.AfterFunc(3*time.Second, func() { s.Send("later") })
		if got := c.receive(20); len(got) != 1 || time.Since(start) != 3*time.Second {
			t.Errorf("received %d messages after %s, want one after 3 s", len(got), time.Since(start))
		}
		if got := c.receive(20); len(got) != 1 || time.Since(start) != 11*time.Second {
			t.Errorf("received %d messages after %s, want the same when its timeout passed", len(got), time.Since(start))
		}
		if got := c.receive(5); len(got) != 0 || time.Since(start) != 16*time.Second {
			t.Errorf("received %d messages after %s, want none after 5 s more", len(got), time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(sqstest.QueueURL), WaitTimeSeconds: 20}); err == nil {
			t.Error("a cancelled receive succeeded")
		}
	})
}

func TestServerBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{})
		c := dial(t, s)
		in := &sqs.SendMessageBatchInput{QueueUrl: aws.String(sqstest.QueueURL)}
		for i := range 10 {
			in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String("x")})
		}
		if out, err := c.SendMessageBatch(t.Context(), in); err != nil || len(out.Successful) != 10 {
			t.Fatalf("sent %+v, %v", out, err)
		}
		s.SetFaults(sqstest.Faults{PartialFail: 0.5, Seed: 1})
		del := &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(sqstest.QueueURL)}
		for i, m := range c.receive(0) {
			del.Entries = append(del.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
		}
		out, err := c.DeleteMessageBatch(t.Context(), del)
		if err != nil || len(out.Failed) == 0 || len(out.Successful) == 0 || len(out.Failed)+len(out.Successful) != 10 {
			t.Fatalf("deleted %+v, %v", out, err)
		}
		if out.Failed[0].SenderFault {
			t.Error("a fault of the service is said to be the sender's")
		}
		if st := s.Stats(); st.Deleted != len(out.Successful) {
			t.Errorf("stats: %+v", st)
		}
	})
}

func TestServerFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqstest.New(sqstest.Faults{Throttle: 1})
		c := dial(t, s)
		ask := func() error {
			_, err := c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String(sqstest.QueueURL)})
			return err
		}
		if err := ask(); code(err) != "RequestThrottled" {
			t.Errorf("throttled: %v", err)
		}
		s.SetFaults(sqstest.Faults{ServerError: 1})
		if err := ask(); code(err) != "ServiceUnavailable" {
			t.Errorf("server error: %v", err)
		}
		s.SetFaults(sqstest.Faults{Denied: []string{"GetQueueAttributes"}})
		if err := ask(); code(err) != "AccessDeniedException" {
			t.Errorf("denied: %v", err)
		}
		s.SetFaults(sqstest.Faults{Latency: 3 * time.Second})
		if start := time.Now(); ask() != nil || time.Since(start) != 3*time.Second {
			t.Errorf("answered after %s", time.Since(start))
		}
		s.SetFaults(sqstest.Faults{LostResponse: 1})
		s.Send("x")
		if _, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(sqstest.QueueURL)}); err == nil {
			t.Error("a lost answer arrived")
		}
		if st := s.Stats(); st.InFlight != 1 {
			t.Errorf("the work of a lost answer was not done: %+v", st)
		}
		s.SetFaults(sqstest.Faults{Duplicate: 1, Reorder: true})
		s.Expire()
		if first, second := c.receive(0), c.receive(0); len(first) != 1 || len(second) != 1 {
			t.Error("no duplicate")
		}
	})
}

// The same over a socket, as a daemon in another process would see it.
func TestServerOverHTTP(t *testing.T) {
	s := sqstest.New(sqstest.Faults{})
	web := httptest.NewServer(s)
	defer web.Close()
	s.SetAttribute("RedrivePolicy", "{}")
	c := sqs.New(sqs.Options{
		BaseEndpoint: aws.String(web.URL), Region: "eu-west-1", Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""), HTTPClient: web.Client(),
	})
	out, err := c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: aws.String(sqstest.QueueURL)})
	if err != nil || out.Attributes["VisibilityTimeout"] != "30" || out.Attributes["RedrivePolicy"] != "{}" {
		t.Errorf("attributes %v, %v", out, err)
	}
	if _, err := c.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(sqstest.QueueURL), MessageBody: aws.String("x")}); err != nil {
		t.Error(err)
	}
	s.SetFaults(sqstest.Faults{LostResponse: 1})
	if _, err := c.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(sqstest.QueueURL)}); err == nil {
		t.Error("a lost answer arrived")
	}
}
