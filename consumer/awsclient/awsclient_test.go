package awsclient_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/trailwarden/trailwarden/consumer/awsclient"
)

// TestNoCallForCredentialsCanHang: the SDK shares one call for credentials among all that need them and keeps their
// deadlines from it, so that its HTTP client must end it.
func TestNoCallForCredentialsCanHang(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	for _, cfg := range []awsclient.Config{
		{},
		{Region: "cn-north-1", Role: "arn:aws-cn:iam::111122223333:role/logs", ExternalID: "x"},
	} {
		c, err := awsclient.Load(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		client, ok := c.HTTPClient.(*awshttp.BuildableClient)
		if !ok || client.GetTimeout() != awsclient.AnswerWithin {
			t.Errorf("%+v: the client is %T", cfg, c.HTTPClient)
		}
		if long, ok := awsclient.Unhurried(c).(*awshttp.BuildableClient); !ok || long.GetTimeout() != 0 {
			t.Errorf("%+v: the unhurried client is %T", cfg, awsclient.Unhurried(c))
		}
		if client.GetTimeout() != awsclient.AnswerWithin {
			t.Error("the client of the settings was changed")
		}
		if cfg.Region != "" && c.Region != cfg.Region {
			t.Errorf("region %s, want %s", c.Region, cfg.Region)
		}
		if cfg.Role != "" && c.Credentials == aws.CredentialsProvider(nil) {
			t.Error("no credentials")
		}
	}
}
