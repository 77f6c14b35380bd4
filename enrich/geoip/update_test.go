package geoip_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/enrich/geoip"
)

// updates imitates MaxMind's update service for one account: it holds one file an edition.
type updates struct {
	t         *testing.T
	files     map[string]string
	downloads int
}

func (u *updates) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if account, key, _ := r.BasicAuth(); account != "42" || key != "the-key" {
		http.Error(w, `{"code":"AUTHORIZATION_INVALID","error":"Invalid license key"}`, http.StatusUnauthorized)
		return
	}
	sum := func(data []byte) string {
		s := md5.Sum(data)
		return hex.EncodeToString(s[:])
	}
	if r.URL.Path == "/geoip/updates/metadata" {
		edition := r.URL.Query().Get("edition_id")
		data, err := os.ReadFile(u.files[edition])
		if err != nil {
			http.Error(w, `{"code":"EDITION_NOT_FOUND","error":"no such edition"}`, http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"databases": []map[string]string{
			{"edition_id": edition, "md5": sum(data), "date": "2026-11-01"},
		}})
		return
	}
	edition := strings.Split(r.URL.Path, "/")[3]
	data, err := os.ReadFile(u.files[edition])
	if err != nil {
		u.t.Error(err)
	}
	u.downloads++
	w.Header().Set("Last-Modified", built().Format(http.TimeFormat))
	_, _ = w.Write(archive(u.t, edition+".mmdb", data))
}

func archive(t *testing.T, name string, data []byte) []byte {
	var buf bytes.Buffer
	zipped := gzip.NewWriter(&buf)
	packed := tar.NewWriter(zipped)
	if err := packed.WriteHeader(&tar.Header{Name: "x/" + name, Size: int64(len(data)), Mode: 0o644, ModTime: built()}); err != nil {
		t.Error(err)
	}
	_, _ = packed.Write(data)
	_ = packed.Close()
	_ = zipped.Close()
	return buf.Bytes()
}

func account(t *testing.T, url, key string) geoip.Update {
	t.Helper()
	keyFile := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(keyFile, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u := geoip.DefaultConfig().Update
	u.AccountID, u.LicenseKeyFile, u.Directory, u.URL = 42, keyFile, filepath.Join(t.TempDir(), "geo"), url
	return u
}

func TestFetch(t *testing.T) {
	service := &updates{t: t, files: map[string]string{"GeoLite2-City": cityFile(t), "GeoLite2-ASN": asnFile(t)}}
	server := httptest.NewServer(service)
	defer server.Close()
	u := account(t, server.URL, "the-key")

	cfg := config(func(c *geoip.Config) { c.Update = u })
	if got := cfg.WithFetched(); got.City != "" || got.ASN != "" {
		t.Errorf("before the first fetch: %+v", got)
	}
	if fresh, err := geoip.Fetch(t.Context(), u); fresh != 2 || err != nil {
		t.Fatalf("first fetch: %d, %v", fresh, err)
	}
	if got := open(t, cfg.WithFetched()).Spot(netip.MustParseAddr("198.51.100.1")); got.City != "Berlin" || got.ASN != 64500 {
		t.Errorf("got %+v", got)
	}
	if fresh, err := geoip.Fetch(t.Context(), u); fresh != 0 || err != nil || service.downloads != 2 {
		t.Errorf("nothing new: %d, %v, %d downloads", fresh, err, service.downloads)
	}
	own := cfg
	own.City = "/my/city.mmdb"
	if got := own.WithFetched().City; got != own.City {
		t.Errorf("a named file comes first, got %s", got)
	}
}

func TestFetchKeepsTheOldFile(t *testing.T) {
	service := &updates{t: t, files: map[string]string{"GeoLite2-City": cityFile(t), "GeoLite2-ASN": asnFile(t)}}
	server := httptest.NewServer(service)
	defer server.Close()
	u := account(t, server.URL, "the-key")
	if _, err := geoip.Fetch(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	service.files["GeoLite2-City"] = asnFile(t)
	fresh, err := geoip.Fetch(t.Context(), u)
	if fresh != 0 || err == nil || !strings.Contains(err.Error(), "GeoLite2-City") {
		t.Errorf("got %d, %v", fresh, err)
	}
	left, _ := os.ReadDir(u.Directory)
	if len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
	cfg := config(func(c *geoip.Config) { c.Update = u })
	if got := open(t, cfg.WithFetched()).Spot(netip.MustParseAddr("198.51.100.1")).City; got != "Berlin" {
		t.Errorf("got %q", got)
	}
}

func TestFetchFaults(t *testing.T) {
	server := httptest.NewServer(&updates{t: t})
	defer server.Close()
	for name, u := range map[string]geoip.Update{
		"wrong key": account(t, server.URL, "wrong-key"),
		"no key":    account(t, server.URL, ""),
		"no such":   account(t, server.URL, "the-key"),
	} {
		fresh, err := geoip.Fetch(t.Context(), u)
		if fresh != 0 || err == nil || strings.Contains(err.Error(), "-key\"") || strings.Contains(err.Error(), "wrong-key") {
			t.Errorf("%s: %d, %v", name, fresh, err)
		}
	}
}

func TestValidate(t *testing.T) {
	faults := func(c geoip.Config) string {
		var all []string
		c.Validate(func(path, problem string) { all = append(all, path+": "+problem) })
		return strings.Join(all, "\n")
	}
	if got := faults(geoip.DefaultConfig()); got != "" {
		t.Errorf("defaults: %s", got)
	}
	bad := geoip.DefaultConfig()
	bad.StaleAfter = 0
	bad.Update.LicenseKeyFile, bad.Update.Editions, bad.Update.Every = "key", []string{"GeoLite2-City", "../GeoLite2-ASN", "X"}, 0
	got := faults(bad)
	for _, want := range []string{
		"stale_after: ", "update.account_id: ", "update.directory: ", "update.every: ", "update.editions[1]: ", "update.editions[2]: ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not told in\n%s", want, got)
		}
	}
	alone := geoip.DefaultConfig()
	alone.Update.AccountID = 42
	if got := faults(alone); !strings.Contains(got, "update.license_key_file") {
		t.Errorf("got %s", got)
	}
	alone.Update.LicenseKeyFile, alone.Update.Directory, alone.Update.Editions = "key", "dir", nil
	if got := faults(alone); !strings.Contains(got, "update.editions: ") {
		t.Errorf("got %s", got)
	}
}

func TestEachPath(t *testing.T) {
	cfg := config(func(c *geoip.Config) { c.City, c.TorGeoIP, c.Update.LicenseKeyFile = "city.mmdb", "tor", "env:KEY" })
	cfg.EachPath(func(p *string) { *p = "/etc/" + *p })
	if cfg.City != "/etc/city.mmdb" || cfg.TorGeoIP != "/etc/tor" || cfg.ASN != "" || cfg.Update.LicenseKeyFile != "env:KEY" {
		t.Errorf("got %+v", cfg)
	}
}
