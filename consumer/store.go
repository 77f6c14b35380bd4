package consumer

import (
	"context"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// Store is where the consumer puts what it took in; *bus.Bus is one.
type Store interface {
	// Publish returns nil only once every message is stored where a crash of this process cannot lose it. A
	// message whose ID was stored before is not stored again. The data are the caller's again when it returns.
	Publish(ctx context.Context, msgs ...bus.Message) error
	// Park returns nil only once what could not be read is stored with its reason.
	Park(ctx context.Context, stage, id, reason string, data []byte) error
	// MaxPayload is the size of the largest message Publish takes, in bytes.
	MaxPayload() int
	// Shards is how many shards there are.
	Shards() int
}

// Marks remembers over restarts which files were read; *bus.KV is one.
type Marks interface {
	Range(ctx context.Context, prefix string, visit func(bus.Entry) error) error
	PutAll(ctx context.Context, writes []bus.KVWrite) ([]uint64, error)
}

var (
	_ Store = (*bus.Bus)(nil)
	_ Marks = (*bus.KV)(nil)
)

// stage is the consumer's name in dead letters and log lines.
const stage = "consumer"
