package bucketname

import "fmt"

// Config adds patterns to the built-in vocabulary. The first pattern that fits a name decides alone.
type Config []Pattern

// Pattern gives the buckets it fits a sensitivity.
type Pattern struct {
	// Match is compared with the whole name, without regard to case: "*" stands for any text, "?" for one character.
	Match string `yaml:"match"`
	// Sensitivity is 0 (nothing to hide) to 100.
	Sensitivity int    `yaml:"sensitivity"`
	Reason      string `yaml:"reason"`
}

// Validate reports what is wrong with the patterns.
func (c Config) Validate(report func(path, problem string)) {
	for i, p := range c {
		if p.Match == "" {
			report(fmt.Sprintf("[%d].match", i), "is missing: use a bucket name, * standing for any text")
		}
		if p.Sensitivity < 0 || p.Sensitivity > 100 {
			report(fmt.Sprintf("[%d].sensitivity", i), fmt.Sprintf("%d is out of range: use 0 to 100", p.Sensitivity))
		}
	}
}
