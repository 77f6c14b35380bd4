package bus

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

// Config is the nats section of the settings.
type Config struct {
	// URLs of an external cluster; none means the embedded server.
	URLs            []string  `yaml:"urls"`
	CredentialsFile string    `yaml:"credentials_file"`
	NKeyFile        string    `yaml:"nkey_file"`
	TLS             TLSConfig `yaml:"tls"`
	// Replicas of every stream and bucket in an external cluster: 1, 3 or 5.
	Replicas int `yaml:"replicas"`
	// Shards is the number of lanes events and findings are spread over. It is fixed for the life of a store.
	Shards int `yaml:"shards"`
	// MaxBytes bounds the stored events waiting for enrichment; 0 chooses a quarter of the free disk when
	// embedded (at most 32 GiB) and 8 GiB in a cluster. The other streams are bounded to a quarter of it each.
	MaxBytes int64 `yaml:"max_bytes"`
	// DeadRetention is how long a dead letter is kept, at most; 0 until its stage's share is full.
	DeadRetention time.Duration `yaml:"dead_retention"`
}

// TLSConfig names the PEM files of a TLS connection; all are optional.
type TLSConfig struct {
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// DefaultConfig is the embedded server with 16 shards.
func DefaultConfig() Config {
	return Config{Replicas: 1, Shards: 16, DeadRetention: 30 * 24 * time.Hour}
}

const (
	maxShards   = 1024
	minMaxBytes = 64 << 20
)

// Validate tells every fault; path is relative to the nats section.
func (c Config) Validate(report func(path, problem string)) {
	for i, raw := range c.URLs {
		if problem := urlProblem(raw); problem != "" {
			report(fmt.Sprintf("urls[%d]", i), problem)
		}
	}
	if c.Shards < 1 || c.Shards > maxShards {
		report("shards", fmt.Sprintf("%d is out of range: use 1 to %d", c.Shards, maxShards))
	}
	if c.MaxBytes != 0 && c.MaxBytes < minMaxBytes {
		report("max_bytes", fmt.Sprintf("%d is too small: use at least %d, or 0 to choose by the free disk", c.MaxBytes, minMaxBytes))
	}
	if c.DeadRetention != 0 && c.DeadRetention < 24*time.Hour {
		report("dead_retention", fmt.Sprintf("%s is too short for people to see a dead letter: use at least 24h, or 0 to keep them until their share is full", c.DeadRetention))
	}
	switch c.Replicas {
	case 1:
	case 3, 5:
		if len(c.URLs) == 0 {
			report("replicas", "the embedded server keeps one copy: set urls to an external cluster, or replicas to 1")
		}
	default:
		report("replicas", fmt.Sprintf("%d is not possible: use 1, 3 or 5", c.Replicas))
	}
	if len(c.URLs) == 0 {
		c.validateUnused(report)
	}
	if c.CredentialsFile != "" && c.NKeyFile != "" {
		report("nkey_file", "credentials_file is set as well: keep one of the two")
	}
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		report("tls", "cert_file and key_file belong together: set both or none")
	}
}

func (c Config) validateUnused(report func(path, problem string)) {
	const problem = "means nothing to the embedded server: set urls, or remove it"
	for _, key := range []struct{ path, value string }{
		{"credentials_file", c.CredentialsFile},
		{"nkey_file", c.NKeyFile},
		{"tls", c.TLS.CAFile + c.TLS.CertFile + c.TLS.KeyFile},
	} {
		if key.value != "" {
			report(key.path, problem)
		}
	}
}

func urlProblem(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "is not a URL: use nats://host:4222 or tls://host:4222" // not echoed: it may hold a password
	case u.Host == "":
		return "has no host: use nats://host:4222 or tls://host:4222"
	case u.Scheme != "nats" && u.Scheme != "tls" && u.Scheme != "ws" && u.Scheme != "wss":
		return "has an unknown scheme: use nats://host:4222 or tls://host:4222" // not echoed, as above
	default:
		return ""
	}
}

// options turns the settings into those of the client; files are read here, and again on every reconnect.
func (c Config) options() ([]nats.Option, error) {
	var opts []nats.Option
	if c.CredentialsFile != "" {
		if err := readable(c.CredentialsFile); err != nil {
			return nil, fmt.Errorf("nats.credentials_file: %w", err)
		}
		opts = append(opts, nats.UserCredentials(c.CredentialsFile))
	}
	if c.NKeyFile != "" {
		opt, err := nats.NkeyOptionFromSeed(c.NKeyFile)
		if err != nil {
			return nil, fmt.Errorf("nats.nkey_file: %w", err)
		}
		opts = append(opts, opt)
	}
	if c.TLS.CAFile != "" {
		if err := readable(c.TLS.CAFile); err != nil {
			return nil, fmt.Errorf("nats.tls.ca_file: %w", err)
		}
		opts = append(opts, nats.RootCAs(c.TLS.CAFile))
	}
	if c.TLS.CertFile != "" {
		if _, err := tls.LoadX509KeyPair(c.TLS.CertFile, c.TLS.KeyFile); err != nil {
			return nil, fmt.Errorf("nats.tls.cert_file and key_file: %w", err)
		}
		opts = append(opts, nats.ClientCert(c.TLS.CertFile, c.TLS.KeyFile))
	}
	return opts, nil
}

func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		var pathErr *os.PathError
		if errors.As(err, &pathErr) {
			return pathErr.Err // the path itself may be a secret pasted by mistake
		}
		return err
	}
	return f.Close()
}
