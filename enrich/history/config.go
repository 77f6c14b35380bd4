package history

import "fmt"

// Config says how much is remembered and for how long.
type Config struct {
	// Retention is how long an actor, or one of its habits, is remembered after it was last seen.
	Retention Duration `yaml:"retention"`
	// Learning is the age below which an actor, or a whole installation, is too young to call anything unusual.
	Learning Duration `yaml:"learning"`
	// Dormant is the silence after which an actor's return is worth telling.
	Dormant Duration `yaml:"dormant"`
	// MaxBytes bounds the memory for actors, all shards of a process together. What has not been used for the
	// longest is then kept in the store alone.
	MaxBytes int64 `yaml:"max_bytes"`
	// EventIDs is how many of the latest eventIDs are remembered to drop duplicates, all shards together.
	EventIDs int `yaml:"event_ids"`
}

// DefaultConfig remembers for 90 days, in at most 1 GiB.
func DefaultConfig() Config {
	return Config{
		Retention: Duration(90 * day),
		Learning:  Duration(14 * day),
		Dormant:   Duration(30 * day),
		MaxBytes:  1 << 30,
		EventIDs:  4 << 20,
	}
}

// Validate reports every setting that cannot work, by its path below this part.
func (c Config) Validate(report func(path, problem string)) {
	if c.Retention < Duration(day) {
		report("retention", fmt.Sprintf("%s is too short to know anybody; give at least 1d", c.Retention))
	}
	if c.Learning < 0 || c.Learning >= c.Retention {
		report("learning", fmt.Sprintf("%s must lie between 0s and retention (%s)", c.Learning, c.Retention))
	}
	if c.Dormant <= 0 || c.Dormant >= c.Retention {
		report("dormant", fmt.Sprintf("%s must be positive and shorter than retention (%s)", c.Dormant, c.Retention))
	}
	if c.MaxBytes < 1<<20 {
		report("max_bytes", fmt.Sprintf("%d is too little for any history; give at least 1048576", c.MaxBytes))
	}
	if c.EventIDs < 1024 {
		report("event_ids", fmt.Sprintf("%d is too few to recognise duplicates; give at least 1024", c.EventIDs))
	}
}
