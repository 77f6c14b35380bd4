package consumer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/trailwarden/trailwarden/consumer"
)

func TestConfigValidate(t *testing.T) {
	queue := consumer.QueueConfig{URL: "https://sqs.eu-west-1.amazonaws.com/111122223333/cloudtrail"}
	with := func(change func(*consumer.QueueConfig)) func(*consumer.Config) {
		return func(c *consumer.Config) {
			q := queue
			change(&q)
			c.Queues = []consumer.QueueConfig{q}
		}
	}
	tests := map[string]struct {
		change  func(*consumer.Config)
		path    string // of the one fault; empty for none
		problem string
	}{
		"nothing":             {change: func(*consumer.Config) {}},
		"a queue":             {change: with(func(*consumer.QueueConfig) {})},
		"a queue on loopback": {change: with(func(q *consumer.QueueConfig) { q.URL = "http://127.0.0.1:4566/000000000000/q" })},
		"no URL":              {change: with(func(q *consumer.QueueConfig) { q.URL = "" }), path: "queues[0].url", problem: "missing"},
		"a name for a URL":    {change: with(func(q *consumer.QueueConfig) { q.URL = "cloudtrail" }), path: "queues[0].url", problem: "is no URL"},
		"a URL without queue": {change: with(func(q *consumer.QueueConfig) { q.URL = "https://sqs.eu-west-1.amazonaws.com/" }), path: "queues[0].url", problem: "names no queue"},
		"a FIFO queue":        {change: with(func(q *consumer.QueueConfig) { q.URL += ".fifo" }), path: "queues[0].url", problem: "FIFO"},
		"the same queue twice": {
			change: func(c *consumer.Config) { c.Queues = []consumer.QueueConfig{queue, queue} }, path: "queues[1].url", problem: "twice",
		},
		"a role by name":        {change: with(func(q *consumer.QueueConfig) { q.AssumeRole = "reader" }), path: "queues[0].assume_role", problem: "ARN"},
		"a log role by name":    {change: with(func(q *consumer.QueueConfig) { q.LogRole = "reader" }), path: "queues[0].log_role", problem: "ARN"},
		"a role in China":       {change: with(func(q *consumer.QueueConfig) { q.AssumeRole = "arn:aws-cn:iam::111122223333:role/a/b" })},
		"an id without a role":  {change: with(func(q *consumer.QueueConfig) { q.ExternalID = "x" }), path: "queues[0].external_id", problem: "without"},
		"a bucket with scheme":  {change: with(func(q *consumer.QueueConfig) { q.LogBuckets = []string{"a", "s3://logs"} }), path: "queues[0].log_buckets[1]", problem: "name alone"},
		"an empty folder":       {change: func(c *consumer.Config) { c.Files = []string{""} }, path: "files[0]", problem: "empty"},
		"tiny records":          {change: func(c *consumer.Config) { c.MaxRecordBytes = 10 }, path: "max_record_bytes", problem: "from 1024"},
		"tiny objects":          {change: func(c *consumer.Config) { c.MaxObjectBytes = 10 }, path: "max_object_bytes", problem: "not below"},
		"little in flight":      {change: func(c *consumer.Config) { c.MaxInFlightBytes = 10 }, path: "max_in_flight_bytes", problem: "at least"},
		"records beyond flight": {change: func(c *consumer.Config) { c.MaxRecordBytes = 20 << 20 }, path: "max_in_flight_bytes", problem: "max_record_bytes"},
		"canaries, no queue":    {change: func(c *consumer.Config) { c.Canary.Every = time.Minute }, path: "canary.every", problem: "without a queue"},
		"canaries all the time": {change: func(c *consumer.Config) { c.Canary.Every = time.Millisecond; c.Queues = []consumer.QueueConfig{queue} }, path: "canary.every", problem: "from 1s"},
		"canaries for ever":     {change: func(c *consumer.Config) { c.Canary.Within = 48 * time.Hour }, path: "canary.within", problem: "from 1s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := consumer.DefaultConfig()
			tt.change(&cfg)
			var faults []string
			cfg.Validate(func(path, problem string) { faults = append(faults, path+": "+problem) })
			switch {
			case tt.path == "" && len(faults) > 0:
				t.Errorf("faults: %q", faults)
			case tt.path != "" && (len(faults) != 1 || !strings.HasPrefix(faults[0], tt.path+": ") || !strings.Contains(faults[0], tt.problem)):
				t.Errorf("faults %q, want %s with %q", faults, tt.path, tt.problem)
			}
		})
	}
}

func TestConfigFromYAML(t *testing.T) {
	const text = `
queues:
  - url: https://sqs.eu-west-1.amazonaws.com/111122223333/cloudtrail
    region: eu-west-1
    assume_role: arn:aws:iam::111122223333:role/r
    external_id: e
    log_role: arn:aws:iam::111122223333:role/l
    log_buckets: [org-cloudtrail-logs]
files: [/var/log/trail]
max_object_bytes: 268435456
max_record_bytes: 1048576
max_in_flight_bytes: 8388608
`
	var cfg consumer.Config
	if err := yaml.UnmarshalWithOptions([]byte(text), &cfg, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if q := cfg.Queues[0]; q.Name() != "cloudtrail" || q.LogBuckets[0] != "org-cloudtrail-logs" || q.ExternalID != "e" {
		t.Errorf("queue: %+v", q)
	}
	if want := consumer.DefaultConfig(); cfg.MaxInFlightBytes != want.MaxInFlightBytes || cfg.MaxRecordBytes != want.MaxRecordBytes ||
		cfg.MaxObjectBytes != want.MaxObjectBytes {
		t.Errorf("limits: %+v, want the defaults", cfg)
	}
}
