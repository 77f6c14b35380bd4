package consumer

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/consumer/sqs"
)

// Config is the `consumer` part of the settings.
type Config struct {
	// Queues are the SQS queues to receive from.
	Queues []QueueConfig `yaml:"queues"`
	// Files are folders of log files, or single files, read once and then watched.
	Files []string `yaml:"files"`
	// MaxObjectBytes is the most a log object may unpack to.
	MaxObjectBytes int64 `yaml:"max_object_bytes"`
	// MaxRecordBytes is the most one record may measure, as JSON.
	MaxRecordBytes int `yaml:"max_record_bytes"`
	// MaxInFlightBytes is how much of the records, as JSON, may be in memory between reading and storing. A
	// full store or an absent NATS makes reading wait once it is reached.
	MaxInFlightBytes int64 `yaml:"max_in_flight_bytes"`
	// Canary sends events of the daemon's own through the queues.
	Canary CanaryConfig `yaml:"canary"`
}

// QueueConfig is one queue and the log bucket its messages point at.
type QueueConfig struct {
	// URL is the queue's URL, as SQS gives it.
	URL string `yaml:"url"`
	// Region is the queue's, and that of its log buckets until S3 names another; empty follows the URL, or the SDK's
	// own rules.
	Region string `yaml:"region"`
	// AssumeRole is the ARN of a role for the queue; empty uses the daemon's own credentials.
	AssumeRole string `yaml:"assume_role"`
	// ExternalID goes with AssumeRole and LogRole.
	ExternalID string `yaml:"external_id"`
	// LogRole is the ARN of a role for reading log objects; empty uses AssumeRole's.
	LogRole string `yaml:"log_role"`
	// LogBuckets are the buckets log objects may be read from; objects elsewhere are refused and quarantined.
	// Empty leaves it to the role's permissions what may be read, and `check` warns of it: whoever can write to
	// the queue then chooses the bucket.
	LogBuckets []string `yaml:"log_buckets"`
}

// DefaultConfig takes in nothing, within sane limits.
func DefaultConfig() Config {
	return Config{MaxObjectBytes: 256 << 20, MaxRecordBytes: 1 << 20, MaxInFlightBytes: 8 << 20, Canary: CanaryConfig{Within: 2 * time.Minute}}
}

// Validate reports every fault, each with its path below `consumer`.
func (c Config) Validate(report func(path, problem string)) {
	seen := make(map[string]bool, len(c.Queues))
	for i, q := range c.Queues {
		at := fmt.Sprintf("queues[%d].", i)
		q.validate(func(key, problem string) { report(at+key, problem) })
		if q.URL != "" && seen[q.URL] {
			report(at+"url", "the queue is named twice; remove one")
		}
		seen[q.URL] = true
	}
	for i, f := range c.Files {
		if f == "" {
			report(fmt.Sprintf("files[%d]", i), "is empty; name a folder of log files, or remove the entry")
		}
	}
	c.validateLimits(report)
	c.Canary.validate(len(c.Queues), report)
}

func (c Config) validateLimits(report func(path, problem string)) {
	if c.MaxRecordBytes < 1<<10 || c.MaxRecordBytes > maxBatchBytes/2 {
		report("max_record_bytes", fmt.Sprintf("is %d; give a number of bytes from 1024 to %d (CloudTrail's own limit is 256 KiB)",
			c.MaxRecordBytes, maxBatchBytes/2))
	}
	if c.MaxObjectBytes < int64(c.MaxRecordBytes) {
		report("max_object_bytes", fmt.Sprintf("is %d; give a number of bytes not below max_record_bytes", c.MaxObjectBytes))
	}
	if c.MaxInFlightBytes < 1<<20 || c.MaxInFlightBytes < int64(c.MaxRecordBytes) {
		report("max_in_flight_bytes", fmt.Sprintf("is %d; give at least 1048576, and not below max_record_bytes", c.MaxInFlightBytes))
	}
}

func (q QueueConfig) validate(report func(path, problem string)) {
	switch u, err := url.Parse(q.URL); {
	case q.URL == "":
		report("url", "is missing; give the queue's URL as the SQS console shows it")
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		report("url", "is no URL; give it like https://sqs.eu-west-1.amazonaws.com/111122223333/cloudtrail")
	case strings.Trim(u.Path, "/") == "":
		report("url", "names no queue; it ends in the account and the queue's name")
	case strings.HasSuffix(u.Path, ".fifo"):
		report("url", "is a FIFO queue, which S3 and EventBridge notices do not need; use a standard queue")
	}
	if region := sqs.RegionOf(q.URL); region != "" && q.Region != "" && q.Region != region {
		report("region", fmt.Sprintf("is %q, and the queue of this URL is in %s; correct it, or leave it out", q.Region, region))
	}
	for _, role := range []struct{ path, arn string }{{"assume_role", q.AssumeRole}, {"log_role", q.LogRole}} {
		if role.arn != "" && !roleARN().MatchString(role.arn) {
			report(role.path, "is no role's ARN; give it like arn:aws:iam::111122223333:role/log-reader")
		}
	}
	if q.ExternalID != "" && q.AssumeRole == "" && q.LogRole == "" {
		report("external_id", "is given without assume_role or log_role; remove it, or name the role it belongs to")
	}
	for i, b := range q.LogBuckets {
		if b == "" || strings.ContainsAny(b, "/:*") {
			report(fmt.Sprintf("log_buckets[%d]", i), "is no bucket's name; give the name alone, without s3:// or path")
		}
	}
}

// Name is the queue's name, the last element of its URL: short enough for a metric's label.
func (q QueueConfig) Name() string {
	return path.Base(q.URL)
}

func roleARN() *regexp.Regexp { return regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/.+$`) }
