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
	// ParkAll returns nil only once what could not be read is stored, each with its reason.
	ParkAll(ctx context.Context, stage string, letters ...bus.Letter) error
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

// DeadStage is the stage of the dead letters of this package.
const DeadStage = "consumer"

// stage is the consumer's name in log lines.
const stage = DeadStage
