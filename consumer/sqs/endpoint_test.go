package sqs_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/sqs"
)

func TestRegionOf(t *testing.T) {
	for url, want := range map[string]string{
		"https://sqs.eu-west-1.amazonaws.com/111122223333/q":                        "eu-west-1",
		"https://SQS.EU-West-1.amazonaws.com/111122223333/q":                        "eu-west-1",
		"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q":                    "cn-north-1",
		"https://sqs.us-gov-west-1.amazonaws.com/111122223333/q":                    "us-gov-west-1",
		"https://sqs-fips.us-east-1.amazonaws.com/111122223333/q":                   "us-east-1",
		"https://sqs-fips.us-east-2.api.aws/111122223333/q":                         "us-east-2",
		"https://sqs.ap-southeast-2.api.aws/111122223333/q":                         "ap-southeast-2",
		"https://sqs.cn-northwest-1.api.amazonwebservices.com.cn/111122223333/q":    "cn-northwest-1",
		"https://vpce-0a1b-2c3d.sqs.eu-central-1.vpce.amazonaws.com/111122223333/q": "eu-central-1",
		"https://vpce-0a-2c-eu-west-1a.sqs.eu-west-1.vpce.amazonaws.com/1/q":        "eu-west-1",
		"https://eu-west-1.queue.amazonaws.com/111122223333/q":                      "eu-west-1",
		"https://queue.amazonaws.com/111122223333/q":                                "us-east-1",
		"https://sqs.us-iso-east-1.c2s.ic.gov/111122223333/q":                       "us-iso-east-1",
		"https://sqs.eusc-de-east-1.amazonaws.eu/111122223333/q":                    "eusc-de-east-1",
		"http://localhost:9324/000000000000/q":                                      "",
		"https://queue.example.org/111122223333/q":                                  "",
		"https://sqs.example.org/111122223333/q":                                    "",
		"://":                                                                       "",
	} {
		if got := sqs.RegionOf(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// hosts notes where requests go.
type hosts struct{ asked []string }

func (h *hosts) Do(r *http.Request) (*http.Response, error) {
	h.asked = append(h.asked, r.URL.Scheme+"://"+r.URL.Host)
	return nil, errors.New("no network in tests")
}

func TestQueueIsCalledAtTheHostOfItsURL(t *testing.T) {
	for name, tt := range map[string]struct {
		url, want string
		env       map[string]string
	}{
		"regional":           {url: "https://sqs.eu-west-1.amazonaws.com/1/q", want: "https://sqs.eu-west-1.amazonaws.com"},
		"regional, FIPS set": {url: "https://sqs.us-east-1.amazonaws.com/1/q", want: "https://sqs-fips.us-east-1.amazonaws.com", env: map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}},
		"China":              {url: "https://sqs.cn-north-1.amazonaws.com.cn/1/q", want: "https://sqs.cn-north-1.amazonaws.com.cn"},
		"VPC endpoint":       {url: "https://vpce-0a-2c.sqs.eu-west-1.vpce.amazonaws.com/1/q", want: "https://vpce-0a-2c.sqs.eu-west-1.vpce.amazonaws.com"},
		"FIPS, also set":     {url: "https://sqs-fips.us-east-1.amazonaws.com/1/q", want: "https://sqs-fips.us-east-1.amazonaws.com", env: map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}},
		"dual-stack":         {url: "https://sqs.eu-west-1.api.aws/1/q", want: "https://sqs.eu-west-1.api.aws"},
		"legacy":             {url: "https://eu-west-1.queue.amazonaws.com/1/q", want: "https://eu-west-1.queue.amazonaws.com"},
		"another service":    {url: "http://localhost:9324/1/q", want: "http://localhost:9324"},
		"an endpoint is set": {url: "https://sqs.eu-west-1.api.aws/1/q", want: "http://127.0.0.1:1", env: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}},
		"one for SQS is set": {url: "https://vpce-0a-2c.sqs.eu-west-1.vpce.amazonaws.com/1/q", want: "http://127.0.0.1:2", env: map[string]string{"AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_CONFIG_FILE", "/dev/null")
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
			t.Setenv("AWS_REGION", "eu-west-1")
			for key, value := range tt.env {
				t.Setenv(key, value)
			}
			h := &hosts{}
			q, err := sqs.Open(t.Context(), sqs.Config{URL: tt.url}, zap.NewNop(), func(o *awssqs.Options) {
				o.HTTPClient, o.Retryer = h, aws.NopRetryer{}
				o.Credentials = credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", "")
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := q.Check(context.WithoutCancel(t.Context())); err == nil || len(h.asked) != 1 || h.asked[0] != tt.want {
				t.Errorf("asked %v, want %s; %v", h.asked, tt.want, err)
			}
		})
	}
}
