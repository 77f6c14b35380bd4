package pulse

import (
	"fmt"
	"time"
)

// Config says when a silence is told, the part `dead_man` of `alerting:`.
type Config struct {
	// Multiple is how many times the widest usual gap a silence has to last; 0 watches nothing.
	Multiple float64 `yaml:"multiple"`
	// Least is the shortest silence that is told.
	Least time.Duration `yaml:"least"`
}

// DefaultConfig tells of silences of three times the usual, from an hour on.
func DefaultConfig() Config { return Config{Multiple: 3, Least: time.Hour} }

const (
	leastMultiple = 2
	mostMultiple  = 100
	leastLeast    = 10 * time.Minute
	mostLeast     = 30 * 24 * time.Hour
)

// Validate reports every fault by its path within the part.
func (c Config) Validate(report func(path, problem string)) {
	if c.Multiple != 0 && !(c.Multiple >= leastMultiple && c.Multiple <= mostMultiple) {
		report("multiple", fmt.Sprintf("%v is out of range: use %d to %d, or 0 to watch for no silence", c.Multiple, leastMultiple, mostMultiple))
	}
	if c.Least < leastLeast || c.Least > mostLeast {
		report("least", fmt.Sprintf("%s is out of range: use 10m to 720h", c.Least))
	}
}
