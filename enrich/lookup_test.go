package enrich_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/geoip/geoiptest"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// world is settings with a database of each kind and some networks.
func world(t *testing.T) enrich.Config {
	t.Helper()
	built := time.Now().AddDate(0, 0, -3)
	cfg := enrich.DefaultConfig()
	cfg.GeoIP.TorGeoIP = ""
	cfg.GeoIP.City = geoiptest.Write(t, "GeoLite2-City", built, geoiptest.Records{
		"198.51.100.0/24": geoiptest.City("DE", "Berlin", 52.52, 13.4),
		"203.0.113.0/24":  geoiptest.City("KP", "Pyongyang", 39.03, 125.75),
		"2001:db8::/32":   geoiptest.City("DE", "Bonn", 50.7, 7.1),
	})
	cfg.GeoIP.ASN = geoiptest.Write(t, "GeoLite2-ASN", built, geoiptest.Records{
		"198.51.100.0/24": geoiptest.ASN(3320, "Deutsche Telekom AG"),
		"203.0.113.0/25":  geoiptest.ASN(33438, "HIGHWINDS2"),
		"192.0.2.0/25":    geoiptest.ASN(16509, "AMAZON-02"),
		"192.0.2.128/25":  geoiptest.ASN(64500, "Example Rental"),
	})
	cfg.GeoIP.AnonymousIP = geoiptest.Write(t, "GeoIP2-Anonymous-IP", built, geoiptest.Records{
		"203.0.113.128/26": geoiptest.Marks("is_tor_exit_node", "is_anonymous_vpn"),
		"203.0.113.192/27": geoiptest.Marks("is_anonymous_vpn", "is_hosting_provider"),
		"203.0.113.224/27": geoiptest.Marks("is_public_proxy"),
		"192.0.2.0/24":     geoiptest.Marks("is_hosting_provider"),
	})
	cfg.Networks = network.Config{
		{Name: "office", Kind: network.Corporate, CIDRs: []string{"198.51.100.0/28", "203.0.113.192/32", "10.1.0.0/16"}},
	}
	cfg.HomeCountries = []string{"DE"}
	cfg.Buckets = bucketname.Config{{Match: "crown-*", Sensitivity: 100, Reason: "jewels"}}
	cfg.Accounts = map[string]enrich.AccountConfig{"111122223333": {Name: "prod", Weight: 1.2}, "444455556666": {Name: "lab"}}
	return cfg
}

func newLookup(t *testing.T, cfg enrich.Config) *enrich.Lookup {
	t.Helper()
	l, err := enrich.NewLookup(cfg, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func decode(t *testing.T, text string) *cloudtrail.Record {
	t.Helper()
	rec, err := cloudtrail.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func header(source string) *cloudtrail.Header { return &cloudtrail.Header{SourceIP: []byte(source)} }

func from(t *testing.T, source string) *cloudtrail.Record {
	t.Helper()
	return decode(t, `{"eventID":"e","eventName":"PutBucketAcl","sourceIPAddress":"`+source+`"}`)
}

func TestNetworkPrecedence(t *testing.T) {
	l := newLookup(t, world(t))
	for _, tc := range []struct {
		source     string
		kind       network.Kind
		name, home string
	}{
		{"198.51.100.1", network.Corporate, "office", enrich.HomeYes},
		{"203.0.113.192", network.Corporate, "office", enrich.HomeNo},
		{"203.0.113.129", network.Tor, "Tor exit", enrich.HomeNo},
		{"203.0.113.193", network.VPN, "", enrich.HomeNo},
		{"203.0.113.225", network.VPN, "open or residential proxy", enrich.HomeNo},
		{"203.0.113.1", network.VPN, "Highwinds, StackPath (IPVanish)", enrich.HomeNo},
		{"192.0.2.1", network.AWS, "Amazon", enrich.HomeUnknown},
		{"192.0.2.200", network.Hosting, "Example Rental", enrich.HomeUnknown},
		{"198.51.100.99", network.ISP, "Deutsche Telekom", enrich.HomeYes},
		{"::ffff:198.51.100.99", network.ISP, "Deutsche Telekom", enrich.HomeYes},
		{"2001:db8::1", network.Unknown, "", enrich.HomeYes},
		{"[2001:db8::1]", network.Unknown, "", enrich.HomeYes},
		{"2001:db8::1%eth0", network.Unknown, "", enrich.HomeYes},
		{"[::ffff:198.51.100.99]", network.ISP, "Deutsche Telekom", enrich.HomeYes},
		{"10.1.2.3", network.Corporate, "office", enrich.HomeUnknown},
		{"10.2.2.3", network.Unknown, "", enrich.HomeUnknown},
		{"100.64.0.1", network.Unknown, "", enrich.HomeUnknown},
		{"cloudformation.amazonaws.com", network.AWS, "cloudformation.amazonaws.com", enrich.HomeUnknown},
		{"AWS Internal", network.AWS, "AWS Internal", enrich.HomeUnknown},
		{"", network.Unknown, "", enrich.HomeUnknown},
		{"not an address", network.Unknown, "", enrich.HomeUnknown},
	} {
		a := l.Facts(from(t, tc.source)).Address
		if a.Network.Kind != tc.kind || a.Network.Name != tc.name || a.Home != tc.home || a.IP != tc.source {
			t.Errorf("%s: got %+v, home %s", tc.source, a.Network, a.Home)
		}
		if tc.kind != network.Unknown && a.Network.Source == "" {
			t.Errorf("%s: no source is told", tc.source)
		}
		origin := l.Origins().Of(header(tc.source))
		if origin.Kind != tc.kind || origin.ASN != a.Place.ASN || origin.Located != a.Place.Located ||
			strings.Trim(string(origin.Country[:]), "\x00") != a.Place.Country {
			t.Errorf("%s: origin %+v differs from address %+v", tc.source, origin, a)
		}
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	l := newLookup(t, world(t))
	if a := l.Facts(from(t, "10.2.3.4")).Address; !a.Private || len(a.Place.Missing) != 0 {
		t.Errorf("private: %+v", a)
	}
	rec := decode(t, `{"eventID":"e","eventName":"X","sourceIPAddress":"AWS Internal","vpcEndpointId":"vpce-1",
		"userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com"}}`)
	if a := l.Facts(rec).Address; a.Service != "config.amazonaws.com" || a.Endpoint != "vpce-1" {
		t.Errorf("service: %+v", a)
	}
}

func TestBucketAndAccount(t *testing.T) {
	l := newLookup(t, world(t))
	record := func(account, bucket string) *cloudtrail.Record {
		return decode(t, `{"eventID":"e","eventName":"PutBucketAcl","eventSource":"s3.amazonaws.com",
			"recipientAccountId":"`+account+`","requestParameters":{"bucketName":"`+bucket+`"}}`)
	}
	f := l.Facts(record("111122223333", "crown-1"))
	if f.Bucket.Sensitivity != 100 || f.Account != (enrich.Account{ID: "111122223333", Name: "prod", Weight: 1.2}) {
		t.Errorf("got %+v, %+v", f.Bucket, f.Account)
	}
	if a := l.Facts(record("444455556666", "x")).Account; a.Weight != 1 || a.Name != "lab" {
		t.Errorf("a weight that is not set is 1: %+v", a)
	}
	if a := l.Facts(record("999900001111", "x")).Account; a.Weight != 1 || a.ID != "999900001111" {
		t.Errorf("an account not configured: %+v", a)
	}
}

func TestNothingConfigured(t *testing.T) {
	cfg := enrich.DefaultConfig()
	cfg.GeoIP.TorGeoIP = ""
	l := newLookup(t, cfg)
	a := l.Facts(from(t, "198.51.100.1")).Address
	if a.Network.Kind != network.Unknown || a.Home != enrich.HomeUnknown || len(a.Place.Missing) != 3 {
		t.Errorf("got %+v", a)
	}
	status := l.Status()
	if len(status) != 3 {
		t.Fatalf("got %+v", status)
	}
	for _, s := range status {
		if s.Problem != "no database configured" {
			t.Errorf("got %+v", s)
		}
	}
}

func TestReloadKeepsTheOldOnAFault(t *testing.T) {
	cfg := world(t)
	l := newLookup(t, cfg)
	origins := l.Origins()
	source := header("198.51.100.1")
	if origins.Of(source).Kind != network.Corporate {
		t.Fatal("not the office")
	}
	bad := cfg
	bad.GeoIP.City, bad.GeoIP.ASN = cfg.GeoIP.ASN, cfg.GeoIP.City
	bad.Networks = network.Config{{Name: "x", Kind: network.VPN, File: "/nowhere"}}
	err := l.Reload(bad)
	for _, want := range []string{"geoip.city", "geoip.asn", "networks[0].file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not told in %v", want, err)
		}
	}
	if _, err := enrich.NewLookup(bad, nil, nil); err == nil {
		t.Error("the same faults are told at the start")
	}
	if origins.Of(source).Kind != network.Corporate {
		t.Error("the old data is gone")
	}
	good := cfg
	good.Networks = nil
	if err := l.Reload(good); err != nil {
		t.Fatal(err)
	}
	if got := origins.Of(source).Kind; got != network.ISP {
		t.Errorf("the cache still answers from the old data: %s", got)
	}
}

func TestRunReadsChangedFiles(t *testing.T) {
	cfg := world(t)
	list := filepath.Join(t.TempDir(), "vpn.txt")
	write := func(text string) {
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("203.0.113.0/24\n")
	cfg.Networks = network.Config{{Name: "vpn-list", Kind: network.VPN, File: list}}
	core, logs := observer.New(zap.InfoLevel)
	reg := prometheus.NewRegistry()
	synctest.Test(t, func(t *testing.T) {
		l, err := enrich.NewLookup(cfg, zap.New(core), reg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := l.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		kind := func(source string) network.Kind { return l.Facts(from(t, source)).Address.Network.Kind }

		write("198.51.100.0/24\n192.0.2.0/24\n")
		<-time.After(90 * time.Second) // of the bubble's clock, and not at the time of a tick
		if kind("198.51.100.1") != network.VPN || logs.FilterMessage("changed data files read").Len() != 1 {
			t.Errorf("not read: %v", logs.All())
		}
		write("broken line\n")
		<-time.After(5 * time.Minute)
		if kind("198.51.100.1") != network.VPN || logs.FilterLevelExact(zap.ErrorLevel).Len() != 1 {
			t.Errorf("a broken list: %v", logs.All())
		}
		for _, s := range l.Status() {
			if (s.Problem != "") != (s.Name == "networks: vpn-list") {
				t.Errorf("got %+v", s)
			}
		}
		cancel()
		wg.Wait()
	})
	const want = `
# HELP trailwarden_enrich_data_faulty 1 if data is absent, or a newer state of its file cannot be used.
# TYPE trailwarden_enrich_data_faulty gauge
trailwarden_enrich_data_faulty{data="geoip.anonymous_ip"} 0
trailwarden_enrich_data_faulty{data="geoip.asn"} 0
trailwarden_enrich_data_faulty{data="geoip.city"} 0
trailwarden_enrich_data_faulty{data="vpn-list"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "trailwarden_enrich_data_faulty"); err != nil {
		t.Error(err)
	}
}

func TestOriginCache(t *testing.T) {
	origins := newLookup(t, world(t)).Origins()
	long := []byte(strings.Repeat("x", 300))
	for range 2 {
		if got := origins.Of(header("203.0.113.1")); got.Kind != network.VPN || string(got.Country[:]) != "KP" {
			t.Errorf("got %+v", got)
		}
		if got := origins.Of(&cloudtrail.Header{}); got.Kind != network.Unknown {
			t.Errorf("got %+v", got)
		}
		if got := origins.Of(&cloudtrail.Header{SourceIP: long}); got.Kind != network.Unknown {
			t.Errorf("got %+v", got)
		}
	}
	source := header("198.51.100.1")
	if n := testing.AllocsPerRun(100, func() { origins.Of(source) }); n != 0 {
		t.Errorf("%v allocations for a known address", n)
	}
}

func BenchmarkOrigin(b *testing.B) {
	cfg := enrich.DefaultConfig()
	cfg.GeoIP.TorGeoIP = ""
	l, err := enrich.NewLookup(cfg, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	origins := l.Origins()
	sources := []*cloudtrail.Header{header("198.51.100.1"), header("203.0.113.77"), header("cloudformation.amazonaws.com")}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		origins.Of(sources[i%len(sources)])
		i++
	}
}
