package live

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// accountMark stands for the account of the bucket in Config.Role.
const accountMark = "{account}"

// Config says whether, as whom and when S3 is asked about a bucket.
type Config struct {
	Enabled bool `yaml:"enabled"`
	// Role is the ARN of a role to assume for it; empty: the process's own credentials. "{account}" in it stands for
	// the account that owns the bucket, for a role of the same name in every account.
	Role       string `yaml:"assume_role"`
	ExternalID string `yaml:"external_id"` // goes with Role
	// Delay is how long after an alert its bucket is looked at: what was changed spreads through S3 for some seconds.
	Delay time.Duration `yaml:"delay"`
	// Tags are the keys of the bucket tags that are told, in any spelling; empty: tags are not asked for.
	Tags []string `yaml:"tags"`
}

// DefaultConfig asks nothing; once enabled, after 15 seconds.
func DefaultConfig() Config {
	return Config{
		Delay: 15 * time.Second,
		Tags:  []string{"Classification", "DataClassification", "Confidentiality", "Sensitivity", "Environment", "Owner", "Team"},
	}
}

const maxDelay = time.Hour

// Validate reports every fault by its path below this part.
func (c Config) Validate(report func(path, problem string)) {
	if c.Role != "" && !roleARN().MatchString(c.Role) {
		report("assume_role", fmt.Sprintf("%q is no role: use arn:aws:iam::ACCOUNT:role/NAME, where ACCOUNT may be %s", c.Role, accountMark))
	}
	if c.ExternalID != "" && c.Role == "" {
		report("external_id", "goes with a role: set assume_role as well, or leave it out")
	}
	if c.Delay < 0 || c.Delay > maxDelay {
		report("delay", fmt.Sprintf("%s is out of range: use 0s to %s", c.Delay, maxDelay))
	}
	for i, key := range c.Tags {
		if plainKey(key) == "" {
			report(fmt.Sprintf("tags[%d]", i), fmt.Sprintf("%q is no key of a tag: use one like Classification", key))
		}
	}
}

// roleFor is the role for a bucket of the account.
func (c Config) roleFor(account string) string {
	return strings.ReplaceAll(c.Role, accountMark, account)
}

func roleARN() *regexp.Regexp {
	return regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}|\{account\}):role/[\w+=,.@/-]+$`)
}
