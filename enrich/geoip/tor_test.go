package geoip_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/enrich/geoip"
)

func torFolder(t *testing.T, v4, v6 string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"geoip": v4, "geoip6": v6} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	torV4 = "# a comment\n\n3221225984,3221226239,DE\n3325256704,3325256959,FR\n3405803776,3405804031,??\n"
	torV6 = "2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,JP\n"
)

func TestTorFallback(t *testing.T) {
	dir := torFolder(t, torV4, torV6)
	db := open(t, config(func(c *geoip.Config) { c.TorGeoIP = dir }))
	for ip, want := range map[string]string{
		"192.0.2.0": "DE", "192.0.2.255": "DE", "192.0.3.0": "", "192.0.1.255": "", "198.51.100.1": "FR",
		"203.0.113.1": "", "2001:db8::1": "JP", "2001:db9::1": "", "1.0.0.1": "", "::ffff:192.0.2.7": "DE",
	} {
		if got := db.Spot(netip.MustParseAddr(ip)).Country; got != want {
			t.Errorf("%s: got %q, want %q", ip, got, want)
		}
	}
	p := db.Look(netip.MustParseAddr("192.0.2.1"), now())
	if len(p.Sources) != 1 || !strings.HasPrefix(p.Sources[0], "country: tor's geoip of ") {
		t.Errorf("got %q", p.Sources)
	}
}

func TestTorIsOnlyTheFallback(t *testing.T) {
	dir := torFolder(t, "3325256704,3325256959,FR\n3405803776,3405804031,US\n", "")
	db := open(t, config(func(c *geoip.Config) { c.City, c.TorGeoIP = cityFile(t), dir }))
	if got := db.Spot(netip.MustParseAddr("198.51.100.1")).Country; got != "DE" {
		t.Errorf("got %q, want the City database's word", got)
	}
	const stale = "tor_geoip: tor's geoip of "
	later := now().AddDate(1, 0, 0)
	for ip, want := range map[string]bool{"198.51.100.1": false, "203.0.113.1": true} {
		p := db.Look(netip.MustParseAddr(ip), later)
		if told := slices.ContainsFunc(p.Missing, func(m string) bool { return strings.HasPrefix(m, stale) }); told != want {
			t.Errorf("%s of %s: the age of a list that said nothing is told: %q", ip, p.Country, p.Missing)
		}
	}
}

func TestTorAbsent(t *testing.T) {
	if _, err := geoip.Open(config(func(c *geoip.Config) { c.TorGeoIP = "/nowhere" })); err != nil {
		t.Error(err)
	}
}

func TestTorFaults(t *testing.T) {
	for text, want := range map[string]string{
		"3221225984,3221226239\n":       "geoip:1: no line",
		"#\n3221225984,x,DE\n":          "geoip:2: \"x\" is no IPv4 address",
		"2001:db8::,2001:db9::,DE\n":    "geoip:1:",
		"3221226239,3221225984,DE\n":    "before the first",
		"# nothing but a comment\n\n\n": "holds no networks",
	} {
		dir := torFolder(t, text, "")
		_, err := geoip.Open(config(func(c *geoip.Config) { c.TorGeoIP = dir }))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestTorRefresh(t *testing.T) {
	dir := torFolder(t, torV4, torV6)
	db := open(t, config(func(c *geoip.Config) { c.TorGeoIP = dir }))
	if err := os.WriteFile(filepath.Join(dir, "geoip"), []byte("broken\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	next, changed, err := db.Refresh()
	if !changed || err == nil || next.Spot(netip.MustParseAddr("192.0.2.1")).Country != "DE" {
		t.Errorf("broken lists: %v, %v", changed, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "geoip"), []byte("3221225984,3221226239,SE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	next, _, err = next.Refresh()
	if err != nil || next.Spot(netip.MustParseAddr("192.0.2.1")).Country != "SE" {
		t.Errorf("mended lists: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	next, _, err = next.Refresh()
	if err != nil || next.Files(now())[0].Problem == "" || next.Spot(netip.MustParseAddr("192.0.2.1")).Country != "SE" {
		t.Errorf("lists gone: %v", err)
	}
}

func FuzzTor(f *testing.F) {
	f.Add(torV4, torV6)
	f.Add("1,2,DE", "::,::1,??")
	f.Fuzz(func(t *testing.T, v4, v6 string) {
		db, err := geoip.Open(config(func(c *geoip.Config) { c.TorGeoIP = torFolder(t, v4, v6) }))
		if err != nil {
			return
		}
		for _, ip := range []string{"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1"} {
			if country := db.Spot(netip.MustParseAddr(ip)).Country; len(country) != 0 && len(country) != 2 {
				t.Errorf("country %q", country)
			}
		}
	})
}
