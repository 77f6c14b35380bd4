// Package awsclient loads the settings of the AWS SDK for one region and one set of credentials, such that no call
// made for credentials can hang: the SDK asks for them once for all callers and heeds none of their deadlines.
package awsclient

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// AnswerWithin is how long a service may take to answer a request.
const AnswerWithin = 10 * time.Second

// Config says where and as whom AWS is called. The zero value follows the SDK's own rules.
type Config struct {
	Region     string // empty: the SDK's rules
	Role       string // ARN of a role to assume; empty: the process's own credentials
	ExternalID string // goes with Role
}

// Load reads the SDK's settings and prepares the credentials; it makes no call. Every request of a client made of the
// result, and every one for its credentials, ends after AnswerWithin; see Unhurried for those that may take longer.
func Load(ctx context.Context, cfg Config) (aws.Config, error) {
	load := []func(*config.LoadOptions) error{config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(AnswerWithin))}
	if cfg.Region != "" {
		load = append(load, config.WithRegion(cfg.Region))
	}
	c, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load AWS settings: %w", err)
	}
	if cfg.Role != "" {
		c.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(c), cfg.Role,
			func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName = "trailwarden"
				if cfg.ExternalID != "" {
					o.ExternalID = aws.String(cfg.ExternalID)
				}
			}))
	}
	return c, nil
}

// Unhurried is the HTTP client of c without its limit of time, for long polls and large bodies: the caller's context
// must end them.
func Unhurried(c aws.Config) aws.HTTPClient {
	if client, ok := c.HTTPClient.(*awshttp.BuildableClient); ok {
		return client.WithTimeout(0)
	}
	return c.HTTPClient
}
