package enrich

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// Checkpoint is how far a shard's events are enriched, and what became of them: all up to and including the
// message at Position, and none after it.
type Checkpoint struct {
	Shard int `json:"shard"`
	bus.Position
	Counts consumer.Counts `json:"counts"`
	// Began and Newest are the earliest event time of the installation and the latest one learnt, Unix milliseconds.
	Began  int64 `json:"began"`
	Newest int64 `json:"newest"`
	// Intention is the checkpoint that was about to be saved: actors may have taken in what leads there.
	Intention *Checkpoint `json:"intention,omitempty"`
}

// ReadCheckpoints gives one checkpoint for each shard that was ever worked on, in the order of the shards. What is
// not told by them is still in the streams.
func ReadCheckpoints(ctx context.Context, b *bus.Bus) ([]Checkpoint, error) {
	latest := map[int]Checkpoint{}
	err := b.KV(bus.History).Range(ctx, checkpointPrefix, func(e bus.Entry) error {
		var c Checkpoint
		if err := json.Unmarshal(e.Value, &c); err != nil {
			return fmt.Errorf("checkpoint %s: %w", e.Key, err)
		}
		latest[c.Shard] = c
		return nil
	})
	all := slices.SortedFunc(maps.Values(latest), func(x, y Checkpoint) int { return cmp.Compare(x.Shard, y.Shard) })
	return all, err
}

// The keys of a shard in the history bucket.
const (
	checkpointPrefix = "checkpoint"
	segmentPrefix    = "seen"
	actorPrefix      = "actor"
)

func checkpointKey(shard int) string { return bus.Key(checkpointPrefix, strconv.Itoa(shard)) }

func segmentKey(shard int, number uint64) string {
	return bus.Key(segmentPrefix, strconv.Itoa(shard), strconv.FormatUint(number, 10))
}

func actorKey(shard int, id history.ID) string {
	return bus.Key(actorPrefix, strconv.Itoa(shard), hex.EncodeToString(id[:]))
}

// actorOf is the actor of a key.
func actorOf(key string) (history.ID, error) {
	id, err := hex.DecodeString(key[strings.LastIndexByte(key, '.')+1:])
	if err != nil || len(id) != len(history.ID{}) {
		return history.ID{}, fmt.Errorf("key %s names no actor", key)
	}
	return history.ID(id), nil
}
