package app

import (
	"context"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/trailwarden/trailwarden/config"
)

const (
	// restBytes is for what is not in proportion to a setting: rules, data files, stacks, and what NATS wrote within the
	// last ten seconds, which it keeps at hand. A limit below what is in use would cost more than it saves.
	restBytes = 512 << 20
	// programBytes is for the pages of the program itself, which the garbage collector does not count.
	programBytes = 48 << 20
	eventIDCost  = 3 * 8 // bytes for each remembered eventID, in tables that are not full
	garbage      = 50    // per cent of what is in use that may pile up before it is collected

	// smallBytes is what a daemon keeps to, without its pages, while what is in use and its share of garbage take less. A
	// limit nearer to what is in use has the processor mark it over and over.
	smallBytes = 112 << 20
	lookEvery  = 250 * time.Millisecond
)

// boundMemory tells the garbage collector how much the process may use, and to collect more often than is the custom. It
// speaks for the whole process, and the environment's GOMEMLIMIT and GOGC speak louder.
func boundMemory(cfg *config.Config) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit(cfg) - programBytes)
	}
}

// keepSmall keeps a daemon, which shares its host, little larger than what it has in use, for some more of the
// processor. Until it is stopped it moves the limit of boundMemory, its bound, to follow what is in use: near its limit a
// program gives back at once what it does not need. The environment's GOMEMLIMIT speaks louder.
func keepSmall() (stop func()) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	bound := debug.SetMemoryLimit(-1)
	ctx, cancel := context.WithCancel(context.Background())
	var following sync.WaitGroup
	following.Go(func() { followUse(ctx, bound) })
	return func() {
		cancel()
		following.Wait()
		debug.SetMemoryLimit(bound)
	}
}

func followUse(ctx context.Context, bound int64) {
	inUse := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // when it was last collected
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		metrics.Read(inUse)
		debug.SetMemoryLimit(limitFor(int64(inUse[0].Value.Uint64()), bound))
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// limitFor is the limit of a daemon that has live bytes in use.
func limitFor(live, bound int64) int64 {
	return min(max(smallBytes, live+live*garbage/100), bound)
}

// memoryLimit is what the settings let the process use, in bytes: the history, the remembered eventIDs, the records
// between reading and storing, once as they came and once packed, and the rest. Near it garbage is collected more often.
func memoryLimit(cfg *config.Config) int64 {
	history := cfg.Enrich.History
	sum := float64(history.MaxBytes) + eventIDCost*float64(history.EventIDs) + 2*float64(cfg.Consumer.MaxInFlightBytes) + restBytes
	return int64(min(sum, math.MaxInt64/2))
}
