package geoip_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/trailwarden/trailwarden/enrich/geoip"
	"github.com/trailwarden/trailwarden/enrich/geoip/geoiptest"
)

func built() time.Time { return time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC) }
func now() time.Time   { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) }

func cityFile(t *testing.T) string {
	return geoiptest.Write(t, "GeoLite2-City", built(), geoiptest.Records{
		"198.51.100.0/24": geoiptest.City("DE", "Berlin", 52.52, 13.4),
		"2001:db8::/32":   geoiptest.City("FR", "Paris", 48.85, 2.35),
	})
}

func asnFile(t *testing.T) string {
	return geoiptest.Write(t, "GeoLite2-ASN", built(), geoiptest.Records{
		"198.51.100.0/24": geoiptest.ASN(64500, "Example Net"),
		"203.0.113.0/24":  geoiptest.ASN(64501, "Other Net"),
	})
}

func anonymousFile(t *testing.T) string {
	return geoiptest.Write(t, "GeoIP2-Anonymous-IP", built(), geoiptest.Records{
		"203.0.113.0/25":   geoiptest.Marks("is_anonymous_vpn", "is_hosting_provider"),
		"203.0.113.128/26": geoiptest.Marks("is_tor_exit_node"),
		"203.0.113.192/26": geoiptest.Marks("is_residential_proxy"),
	})
}

func countryFile(t *testing.T) string {
	return geoiptest.Write(t, "GeoLite2-Country", built(), geoiptest.Records{
		"203.0.113.0/24": geoiptest.Country("KP"),
	})
}

// config is the defaults without tor's lists, which may be installed or not.
func config(change func(*geoip.Config)) geoip.Config {
	cfg := geoip.DefaultConfig()
	cfg.TorGeoIP = ""
	change(&cfg)
	return cfg
}

func open(t *testing.T, cfg geoip.Config) *geoip.DB {
	t.Helper()
	db, err := geoip.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestLook(t *testing.T) {
	db := open(t, config(func(c *geoip.Config) {
		c.City, c.ASN, c.AnonymousIP, c.Country = cityFile(t), asnFile(t), anonymousFile(t), countryFile(t)
	}))
	const (
		citySource    = "country: GeoLite2-City of 2026-11-01"
		countrySource = "country: GeoLite2-Country of 2026-11-01"
		asnSource     = "asn: GeoLite2-ASN of 2026-11-01"
		marksSource   = "anonymous_ip: GeoIP2-Anonymous-IP of 2026-11-01"
	)
	berlin := geoip.Place{
		Country: "DE", City: "Berlin", Latitude: 52.52, Longitude: 13.4, Located: true, ASN: 64500, Org: "Example Net",
		Sources: []string{citySource, asnSource, marksSource},
	}
	for _, tc := range []struct {
		ip   string
		want geoip.Place
	}{
		{"198.51.100.7", berlin},
		{"::ffff:198.51.100.7", berlin},
		{"2001:db8::1", geoip.Place{
			Country: "FR", City: "Paris", Latitude: 48.85, Longitude: 2.35, Located: true,
			Sources: []string{citySource, marksSource}, Missing: []string{"asn: address not in the database"},
		}},
		{"203.0.113.5", geoip.Place{
			Country: "KP", ASN: 64501, Org: "Other Net", VPN: true, Hosting: true,
			Sources: []string{countrySource, asnSource, marksSource},
		}},
		{"203.0.113.130", geoip.Place{
			Country: "KP", ASN: 64501, Org: "Other Net", Tor: true,
			Sources: []string{countrySource, asnSource, marksSource},
		}},
		{"203.0.113.200", geoip.Place{
			Country: "KP", ASN: 64501, Org: "Other Net", Proxy: true,
			Sources: []string{countrySource, asnSource, marksSource},
		}},
		{"192.0.2.1", geoip.Place{
			Sources: []string{marksSource},
			Missing: []string{"country: address not in the database", "asn: address not in the database"},
		}},
	} {
		got := db.Look(netip.MustParseAddr(tc.ip), now())
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("Look(%s):\n%s", tc.ip, diff)
		}
		spot := db.Spot(netip.MustParseAddr(tc.ip))
		got.Sources, got.Missing = nil, nil
		if diff := cmp.Diff(got, spot); diff != "" {
			t.Errorf("Spot(%s) differs from Look:\n%s", tc.ip, diff)
		}
	}
}

func TestAbsentFilesAreUnknown(t *testing.T) {
	got := open(t, config(func(*geoip.Config) {})).Look(netip.MustParseAddr("198.51.100.7"), now())
	want := geoip.Place{Missing: []string{
		"country: no database configured", "asn: no database configured", "anonymous_ip: no database configured",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStaleDataIsUsedAndTold(t *testing.T) {
	db := open(t, config(func(c *geoip.Config) { c.ASN = asnFile(t) }))
	late := built().AddDate(0, 3, 0)
	p := db.Look(netip.MustParseAddr("198.51.100.7"), late)
	if p.ASN != 64500 || !strings.Contains(strings.Join(p.Missing, "\n"), "asn: GeoLite2-ASN of 2026-11-01 is outdated") {
		t.Errorf("got %+v", p)
	}
	if files := db.Files(late); len(files) != 1 || !files[0].Stale || db.Files(now())[0].Stale {
		t.Errorf("got %+v", files)
	}
}

func TestFlatRecords(t *testing.T) {
	both := geoiptest.Write(t, "ipinfo lite", built(), geoiptest.Records{
		"198.51.100.0/24": {
			"country": mmdbtype.String("Germany"), "country_code": mmdbtype.String("DE"),
			"asn": mmdbtype.String("AS64500"), "as_name": mmdbtype.String("Example Net"), "as_domain": mmdbtype.String("example.net"),
		},
	})
	full := geoiptest.Write(t, "example location and privacy", built(), geoiptest.Records{
		"203.0.113.0/24": {
			"country": mmdbtype.String("fr"), "city": mmdbtype.String("Lyon"), "lat": mmdbtype.String("45.76"),
			"lng": mmdbtype.Float64(4.84), "asn": mmdbtype.Uint32(64501), "org": mmdbtype.String("Other Net"),
			"vpn": mmdbtype.Bool(true), "hosting": mmdbtype.String("true"), "tor": mmdbtype.String(""), "proxy": mmdbtype.Bool(false),
		},
	})
	inCountry := open(t, config(func(c *geoip.Config) { c.Country = both }))
	inASN := open(t, config(func(c *geoip.Config) { c.ASN = both }))
	for _, db := range []*geoip.DB{inCountry, inASN} {
		got := db.Spot(netip.MustParseAddr("198.51.100.7"))
		if diff := cmp.Diff(geoip.Place{Country: "DE", ASN: 64500, Org: "Example Net"}, got); diff != "" {
			t.Error(diff)
		}
	}
	everything := open(t, config(func(c *geoip.Config) { c.City, c.AnonymousIP = full, full }))
	got := everything.Spot(netip.MustParseAddr("203.0.113.9"))
	want := geoip.Place{
		Country: "FR", City: "Lyon", Latitude: 45.76, Longitude: 4.84, Located: true,
		ASN: 64501, Org: "Other Net", VPN: true, Hosting: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnusableFiles(t *testing.T) {
	good, err := os.ReadFile(cityFile(t))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tc := range map[string]struct {
		path string
		want string
	}{
		"missing":   {"/nowhere/city.mmdb", "no such file"},
		"empty":     {write("a", nil), "the file is empty"},
		"truncated": {write("b", good[:len(good)/2]), "cut short"},
		"text":      {write("c", []byte("no database")), "no MaxMind DB file"},
		"swapped":   {asnFile(t), "it belongs to geoip.asn"},
		"country":   {countryFile(t), "it belongs to geoip.country"},
		"no records": {
			geoiptest.Write(t, "GeoLite2-City", built(), nil), "holds no networks",
		},
		"other": {
			geoiptest.Write(t, "Domains", built(), geoiptest.Records{"192.0.2.0/24": {"domain": mmdbtype.String("x")}}),
			"tells neither",
		},
	} {
		_, err := geoip.Open(config(func(c *geoip.Config) { c.City = tc.path }))
		fault, ok := errors.AsType[*geoip.FileError](err)
		if !ok || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
			continue
		}
		if fault.Setting != "city" || fault.Path != tc.path || strings.Count(err.Error(), tc.path) != 1 {
			t.Errorf("%s: got %+v", name, fault)
		}
	}
}

func TestEveryFaultIsTold(t *testing.T) {
	_, err := geoip.Open(config(func(c *geoip.Config) { c.City, c.ASN = asnFile(t), cityFile(t) }))
	if err == nil || !strings.Contains(err.Error(), "geoip.city") || !strings.Contains(err.Error(), "geoip.asn") {
		t.Errorf("got %v", err)
	}
}

func TestRefresh(t *testing.T) {
	path := cityFile(t)
	db := open(t, config(func(c *geoip.Config) { c.City = path }))
	ip := netip.MustParseAddr("198.51.100.7")

	same, changed, err := db.Refresh()
	if same != db || changed || err != nil {
		t.Fatalf("untouched file: %v, %v", changed, err)
	}
	geoiptest.WriteTo(t, path, "GeoLite2-City", now(), geoiptest.Records{
		"198.51.100.0/24": geoiptest.City("AT", "Wien", 48.2, 16.37),
		"192.0.2.0/24":    geoiptest.City("AT", "Graz", 47.07, 15.44),
	})
	next, changed, err := db.Refresh()
	if !changed || err != nil || next.Spot(ip).City != "Wien" || db.Spot(ip).City != "Berlin" {
		t.Fatalf("new file: %v, %v, %+v", changed, err, next.Spot(ip))
	}
	if err := os.WriteFile(path, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, changed, err := next.Refresh()
	if !changed || err == nil || kept.Spot(ip).City != "Wien" || kept.Files(now())[0].Problem == "" {
		t.Fatalf("broken file: %v, %v, %+v", changed, err, kept.Files(now()))
	}
	if again, changed, err := kept.Refresh(); again != kept || changed || err != nil {
		t.Fatalf("the fault is told once: %v, %v", changed, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	gone, changed, err := kept.Refresh()
	if !changed || err == nil || gone.Spot(ip).City != "Wien" {
		t.Fatalf("file gone: %v, %v", changed, err)
	}
	geoiptest.WriteTo(t, path, "GeoLite2-City", built(), geoiptest.Records{"198.51.100.0/24": geoiptest.City("DE", "Bonn", 50.7, 7.1)})
	back, _, err := gone.Refresh()
	if err != nil || back.Spot(ip).City != "Bonn" || back.Files(now())[0].Problem != "" {
		t.Fatalf("file back: %v, %+v", err, back.Files(now()))
	}
}
