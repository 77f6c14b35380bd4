package app

import (
	"math"
	"os"
	"runtime/debug"

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
)

// boundMemory tells the garbage collector how much the process may use. It speaks for the whole process, and the
// environment's GOMEMLIMIT speaks louder.
func boundMemory(cfg *config.Config) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit(cfg) - programBytes)
	}
}

// collectOften keeps a daemon small, which shares its host, for some more of the processor. The environment's GOGC
// speaks louder.
func collectOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}

// memoryLimit is what the settings let the process use, in bytes: the history, the remembered eventIDs, the records
// between reading and storing, once as they came and once packed, and the rest. Near it garbage is collected more often.
func memoryLimit(cfg *config.Config) int64 {
	history := cfg.Enrich.History
	sum := float64(history.MaxBytes) + eventIDCost*float64(history.EventIDs) + 2*float64(cfg.Consumer.MaxInFlightBytes) + restBytes
	return int64(min(sum, math.MaxInt64/2))
}
