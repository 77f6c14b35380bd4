package bus_test

import (
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

func TestDefaultsAreValid(t *testing.T) {
	bus.DefaultConfig().Validate(func(path, problem string) { t.Errorf("%s: %s", path, problem) })
}

func TestFaultsOfTheSettingsAreTold(t *testing.T) {
	external := func(change func(*bus.Config)) bus.Config {
		cfg := bus.DefaultConfig()
		cfg.URLs = []string{"nats://a:4222", "tls://b"}
		cfg.Replicas = 3
		change(&cfg)
		return cfg
	}
	for name, test := range map[string]struct {
		cfg  bus.Config
		want string // paths
	}{
		"external":           {external(func(*bus.Config) {}), ""},
		"scheme":             {external(func(c *bus.Config) { c.URLs[1] = "http://b" }), "urls[1]"},
		"no host":            {external(func(c *bus.Config) { c.URLs[0] = "a" }), "urls[0]"},
		"broken url":         {external(func(c *bus.Config) { c.URLs[0] = "nats://u:s3cret\x7f@h" }), "urls[0]"},
		"even replicas":      {external(func(c *bus.Config) { c.Replicas = 2 }), "replicas"},
		"shards":             {external(func(c *bus.Config) { c.Shards = 0 }), "shards"},
		"small":              {external(func(c *bus.Config) { c.MaxBytes = 1 }), "max_bytes"},
		"short retention":    {external(func(c *bus.Config) { c.DeadRetention = time.Hour }), "dead_retention"},
		"two identities":     {external(func(c *bus.Config) { c.CredentialsFile, c.NKeyFile = "a", "b" }), "nkey_file"},
		"half a certificate": {external(func(c *bus.Config) { c.TLS.CertFile = "a" }), "tls"},
		"embedded with external settings": {
			bus.Config{Replicas: 3, Shards: 1, CredentialsFile: "a", TLS: bus.TLSConfig{CAFile: "b"}},
			"replicas credentials_file tls",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var paths []string
			test.cfg.Validate(func(path, problem string) {
				paths = append(paths, path)
				if strings.Contains(problem, "s3cret") {
					t.Error(problem)
				}
			})
			if got := strings.Join(paths, " "); got != test.want {
				t.Errorf("%q, not %q", got, test.want)
			}
		})
	}
}
