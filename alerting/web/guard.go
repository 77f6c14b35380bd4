package web

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/config/secret"
)

// interactionsPath needs no token: who asks is known by Slack's signature.
const interactionsPath = "/slack/interactions"

// open reports whether a path is for everybody: health and readiness, and what Slack signs.
func (s *Server) open(path string) bool {
	return slices.Contains([]string{"/-/healthy", "/-/serving", "/-/ready"}, path) || s.interactions != nil && path == interactionsPath
}

// guard lets through who may ask: anyone on loopback who uses its name, elsewhere only who has the token or a
// certificate. What a page of another site makes a browser ask is refused on every path.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		proven := s.proven(r)
		loopback := s.cfg.TokenFile == "" && s.cfg.loopback()
		switch {
		case foreign(r):
			fail(w, http.StatusForbidden, "requests from other web pages are refused")
			return
		case !proven && !s.named(r):
			fail(w, http.StatusForbidden, "the Host header must be 127.0.0.1, localhost or the host of http.external_url")
			return
		case !proven && !loopback && !s.open(r.URL.Path):
			h.Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, "this address needs the token of http.token_file: Authorization: Bearer …")
			return
		}
		if proven || loopback {
			trust(r)
		}
		if s.interactions == nil || r.URL.Path != interactionsPath { // which has a limit of its own
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		next.ServeHTTP(w, r)
	})
}

// proven reports whether a request carries the token, or came with a client certificate.
func (s *Server) proven(r *http.Request) bool {
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		return true
	}
	if s.cfg.TokenFile == "" {
		return false
	}
	want, err := secret.Read(s.cfg.TokenFile)
	if err != nil {
		return false
	}
	got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(got), []byte(want.Reveal())) == 1
}

// named reports whether a request names this host. On loopback only its own names and that of the external URL count: a
// page of another site can make a name of its own point here. Which names other addresses have is not known.
func (s *Server) named(r *http.Request) bool {
	if !s.cfg.loopback() {
		return true
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	host = strings.Trim(host, "[]")
	if loopbackHost(host) {
		return true
	}
	if s.cfg.ExternalURL == "" { // a proxy passes on what Slack signed for whatever name it has
		return s.interactions != nil && r.URL.Path == interactionsPath
	}
	external, err := url.Parse(s.cfg.ExternalURL)
	return err == nil && strings.EqualFold(host, external.Hostname())
}

// foreign reports whether a page of another site made a browser send the request. Following a link to a page is allowed.
func foreign(r *http.Request) bool {
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		if !read || r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document" {
			return true
		}
	}
	origin := r.Header.Get("Origin")
	if origin == "" || read {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}
