// Package web serves the daemon's HTTP side: health and readiness, metrics, the ledger, the alerts as JSON and as
// pages, and reloading. It holds no state: everything it shows comes from its Backend.
//
// On a loopback address requests need no credentials; on any other they need the token, or a client certificate.
// Text from records is data on every page and in every answer.
package web

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Config is the `http` part of the settings.
type Config struct {
	// Listen is host:port; an empty host is every address.
	Listen string `yaml:"listen"`
	// TokenFile holds the bearer token that requests must carry; needed beyond loopback unless TLS asks for certificates.
	TokenFile string `yaml:"token_file"`
	TLS       TLS    `yaml:"tls"`
	// ExternalURL is where people reach the pages, such as https://trailwarden.example.org: what they are told links there.
	// Empty: no links.
	ExternalURL string `yaml:"external_url"`
	// Profiling serves /debug/pprof/ to those who may ask for anything else.
	Profiling bool `yaml:"profiling"`
}

// TLS makes the server speak HTTPS, and with ClientCAFile ask for client certificates.
type TLS struct {
	CertFile     string `yaml:"cert_file"`
	KeyFile      string `yaml:"key_file"`
	ClientCAFile string `yaml:"client_ca_file"`
}

// DefaultConfig listens on loopback only.
func DefaultConfig() Config { return Config{Listen: "127.0.0.1:9464"} }

// Validate reports every fault, each with its path below `http`.
func (c Config) Validate(report func(path, problem string)) {
	if u, err := url.Parse(c.ExternalURL); c.ExternalURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		report("external_url", "is no http or https URL; give it in full, like https://trailwarden.example.org")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		report("listen", "is no host:port; give it like 127.0.0.1:9464")
		return
	}
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		report("tls", "needs cert_file and key_file together")
	}
	if c.TLS.ClientCAFile != "" && c.TLS.CertFile == "" {
		report("tls.client_ca_file", "needs cert_file and key_file; certificates are asked for over TLS only")
	}
	if !c.loopback() && c.TokenFile == "" && c.TLS.ClientCAFile == "" {
		report("listen", "is reachable from other hosts; set token_file or tls.client_ca_file, or listen on 127.0.0.1")
	}
}

// Page is the address of an alert's page for people; nil without an external_url.
func (c Config) Page() func(id string) string {
	if c.ExternalURL == "" {
		return nil
	}
	base := strings.TrimRight(c.ExternalURL, "/") + "/alerts/"
	return func(id string) string { return base + url.PathEscape(id) }
}

func (c Config) loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return false
	}
	return loopbackHost(host)
}

func loopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
