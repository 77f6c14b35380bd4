package consumer

import "github.com/trailwarden/trailwarden/consumer/sqs"

// NewWith is New with a queue, its log_buckets, and a fetcher, that need no network.
func NewWith(cfg Config, d Deps, queue *sqs.Queue, fetcher Fetcher, buckets ...string) *Consumer {
	return assemble(cfg, d, []link{{queue, fetcher, buckets}})
}
