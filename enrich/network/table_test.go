package network_test

import (
	"compress/gzip"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/enrich/network"
)

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	return path
}

func zipped(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(f)
	_, _ = w.Write([]byte(text))
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, cfg network.Config) *network.Table {
	t.Helper()
	table, err := network.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestFirstMatchWins(t *testing.T) {
	table := open(t, network.Config{
		{Name: "office", Kind: network.Corporate, CIDRs: []string{"198.51.100.0/24", "2001:db8:1::/48"}},
		{Name: "broad", Kind: network.ISP, CIDRs: []string{"203.0.113.0/24"}},
		{Name: "narrow", Kind: network.VPN, CIDRs: []string{"203.0.113.7", "192.0.2.128/25", "::ffff:192.0.2.0/121"}},
	})
	for ip, want := range map[string]string{
		"198.51.100.255": "office", "::ffff:198.51.100.1": "office", "2001:db8:1::5": "office",
		"203.0.113.7": "broad", "192.0.2.200": "narrow", "192.0.2.5": "narrow",
		"198.51.101.0": "", "2001:db8:2::5": "", "8.8.8.8": "",
	} {
		got, ok := table.Look(netip.MustParseAddr(ip))
		if got.Name != want || ok != (want != "") {
			t.Errorf("%s: got %+v, want %q", ip, got, want)
		}
	}
	if got, _ := table.Look(netip.MustParseAddr("198.51.100.1")); got.Source != "network: office (settings)" || got.Kind != network.Corporate {
		t.Errorf("got %+v", got)
	}
}

const (
	plainList = "# VPN networks\r\n\r\n198.51.100.0/24\r\n203.0.113.9 # one\n  2001:db8::/32;\n"
	exitList  = `@type tordnsel 1.0
Downloaded 2026-11-01 10:02:00
ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E
Published 2026-10-31 20:04:43
LastStatus 2026-10-31 22:00:00
ExitAddress 198.51.100.1 2026-10-31 22:05:12
ExitAddress 2001:db8::1 2026-10-31 22:05:12
`
	ranges = `{"syncToken":"1","createDate":"2026-11-01-00-00-00",
"prefixes":[{"ip_prefix":"198.51.100.0/25","region":"eu-west-1","service":"AMAZON"}],
"ipv6_prefixes":[{"ipv6_prefix":"2001:db8::/40","region":"eu-west-1","service":"S3"}]}`
)

func TestFormats(t *testing.T) {
	for name, path := range map[string]string{
		"plain": file(t, "vpn.txt", plainList), "tor": file(t, "exit.txt", exitList), "aws": file(t, "ip-ranges.json", ranges),
		"gzip": zipped(t, "vpn.txt.gz", plainList), "gzip aws": zipped(t, "ip-ranges.json.gz", ranges),
	} {
		table := open(t, network.Config{{Name: "list", Kind: network.Tor, File: path, CIDRs: []string{"192.0.2.0/24"}}})
		for _, ip := range []string{"198.51.100.1", "2001:db8::1", "192.0.2.1"} {
			if _, ok := table.Look(netip.MustParseAddr(ip)); !ok {
				t.Errorf("%s: %s is missing", name, ip)
			}
		}
		if _, ok := table.Look(netip.MustParseAddr("198.51.100.200")); ok != strings.HasSuffix(path, "vpn.txt") && name != "gzip" {
			t.Errorf("%s: 198.51.100.200: %v", name, ok)
		}
	}
	table := open(t, network.Config{{Name: "vpn-list", Kind: network.VPN, File: file(t, "vpn.txt", plainList)}})
	if got, _ := table.Look(netip.MustParseAddr("203.0.113.9")); got.Source != "network: vpn-list (vpn.txt of 2026-11-01)" {
		t.Errorf("got %+v", got)
	}
}

func TestFaultsNameTheLine(t *testing.T) {
	for name, tc := range map[string]struct {
		path, want string
		line       int
	}{
		"bad line":    {file(t, "a", "198.51.100.0/24\nhello world\n"), `"hello world" is neither`, 2},
		"bad prefix":  {file(t, "b", "198.51.100.0/33\n"), "is no network", 1},
		"bad mapped":  {file(t, "c", "::ffff:0:0/90\n"), "wider", 1},
		"zone":        {file(t, "d", "fe80::1%eth0\n"), "is neither", 1},
		"empty":       {file(t, "e", ""), "holds no networks", 0},
		"comments":    {file(t, "f", "# nothing\n"), "holds no networks", 1},
		"json":        {file(t, "g", "{\n"+`"prefixes":7}`), "no ip-ranges.json", 2},
		"json prefix": {file(t, "h", `{"prefixes":[`+"\n"+`{"ip_prefix":"x"}]}`), `"x" is neither`, 2},
		"cut json":    {file(t, "k", `{"prefixes":[`+"\n"+`{"ip_pref`), "cut short", 2},
		"cut list":    {file(t, "l", "198.51.100.0/24\n203.0.113.0/2"), "as if cut short", 2},
		"cut v6 list": {file(t, "m", "2001:db8::/3"), "as if cut short", 1},
		"cut archive": {cut(t, zipped(t, "n", plainList)), "unexpected EOF", 5},
		"database":    {file(t, "o", strings.Repeat("\x00\xab", 200)), `"… is neither`, 1},
		"cut gzip":    {file(t, "i", "\x1f\x8b\x08\x00"), "gzip", 0},
		"missing":     {"/nowhere/list.txt", "no such file", 0},
		"binary":      {file(t, "j", strings.Repeat("x", 100_000)), "too long", 0},
	} {
		_, err := network.Open(network.Config{
			{Name: "ok", Kind: network.ISP, CIDRs: []string{"192.0.2.0/24"}},
			{Name: "bad", Kind: network.VPN, File: tc.path},
		})
		fault, ok := errors.AsType[*network.ListError](err)
		if !ok || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "networks[1].file "+tc.path) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
			continue
		}
		if fault.Line != tc.line || strings.Count(err.Error(), tc.path) != 1 {
			t.Errorf("%s: line %d in %v", name, fault.Line, err)
		}
	}
	_, err := network.Open(network.Config{{CIDRs: []string{"x"}}, {File: "/nowhere"}})
	if err == nil || !strings.Contains(err.Error(), "networks[0].cidrs[0]: ") || !strings.Contains(err.Error(), "networks[1].file") {
		t.Errorf("every fault is told at once, got %v", err)
	}
}

// cut drops the end of a file: of an archive more than its checksum.
func cut(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, content[:len(content)-12], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWideNetworksOfNobody(t *testing.T) {
	table := open(t, network.Config{{
		Name: "own", Kind: network.Corporate, File: file(t, "own", "10.0.0.0/8\nfc00::/7\nfe80::/10\n"), CIDRs: []string{"0.0.0.0/0"},
	}})
	if _, ok := table.Look(netip.MustParseAddr("fd12::1")); !ok {
		t.Error("unique local addresses are one network")
	}
}

func TestRefresh(t *testing.T) {
	path := file(t, "vpn.txt", plainList)
	table := open(t, network.Config{
		{Name: "office", Kind: network.Corporate, CIDRs: []string{"10.0.0.0/8"}},
		{Name: "vpn", Kind: network.VPN, File: path},
	})
	look := func(table *network.Table, ip string) bool {
		_, ok := table.Look(netip.MustParseAddr(ip))
		return ok
	}
	if same, changed, err := table.Refresh(); same != table || changed || err != nil {
		t.Fatalf("untouched: %v %v", changed, err)
	}
	if err := os.WriteFile(path, []byte("192.0.2.0/24\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	next, changed, err := table.Refresh()
	if !changed || err != nil || !look(next, "192.0.2.1") || look(next, "198.51.100.1") || look(table, "192.0.2.1") {
		t.Fatalf("new list: %v %v", changed, err)
	}
	if err := os.WriteFile(path, []byte("no list\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, changed, err := next.Refresh()
	if !changed || err == nil || !look(kept, "192.0.2.1") || !look(kept, "10.1.1.1") {
		t.Fatalf("broken list: %v %v", changed, err)
	}
	if files := kept.Files(); len(files) != 1 || files[0].Problem == "" || files[0].Path != path || files[0].Name != "vpn" {
		t.Errorf("got %+v", files)
	}
	if again, _, err := kept.Refresh(); again != kept || err != nil {
		t.Errorf("the fault is told once, got %v", err)
	}
}

func TestSystems(t *testing.T) {
	table := open(t, nil)
	for asn, want := range map[uint32]network.Kind{
		16509: network.AWS, 14618: network.AWS, 33438: network.VPN, 9009: network.VPN, 24940: network.Hosting,
		3320: network.ISP, 7922: network.ISP, 60729: network.Tor, 64500: "", 0: "",
		16276: network.Hosting, 14061: network.Hosting, 63949: network.Hosting, 20473: network.Hosting, 51167: network.Hosting, 60781: network.Hosting,
		62651: network.VPN, 136787: network.VPN, 212238: network.VPN, 39351: network.VPN, 216025: network.VPN, 209103: network.VPN,
		31034: "", 6939: "", 174: "", // rent out machines, and sell access
	} {
		got, ok := table.System(asn)
		if got.Kind != want || ok != (want != "") {
			t.Errorf("AS%d: got %+v, want %q", asn, got, want)
		}
		if ok && (got.Name == "" || got.Source == "") {
			t.Errorf("AS%d lacks name or source: %+v", asn, got)
		}
	}
}

func TestTablesTellWhatIsNotSure(t *testing.T) {
	table := open(t, nil)
	for asn, want := range map[uint32]bool{33438: true, 62371: true, 209103: false, 24940: false} {
		got, _ := table.System(asn)
		if unsure := strings.HasSuffix(got.Source, ", not confirmed"); unsure != want || !strings.Contains(got.Source, " of 20") {
			t.Errorf("AS%d: source %q", asn, got.Source)
		}
	}
}

func TestSpecialSources(t *testing.T) {
	for ip, want := range map[string]bool{
		"10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "100.64.0.1": true, "100.127.255.255": true,
		"127.0.0.1": true, "169.254.1.1": true, "::1": true, "fe80::1": true, "fd00::1": true, "::ffff:10.0.0.1": true, "0.0.0.0": true,
		"100.63.255.255": false, "100.128.0.0": false, "172.32.0.1": false, "8.8.8.8": false, "2001:db8::1": false,
	} {
		if got := network.Private(netip.MustParseAddr(ip)); got != want {
			t.Errorf("Private(%s) = %v", ip, got)
		}
	}
	for source, want := range map[string]bool{
		"cloudformation.amazonaws.com": true, "AWS Internal": true, "s3.amazonaws.com.cn": true, "resource-explorer-2.amazonaws.com": true,
		"198.51.100.1": false, "": false, "amazonaws.com.example.org": false, "evilamazonaws.com": false,
	} {
		if got := network.Service(source); got != want {
			t.Errorf("Service(%q) = %v", source, got)
		}
	}
}

func TestHides(t *testing.T) {
	for kind, want := range map[network.Kind]bool{
		network.VPN: true, network.Tor: true, network.Hosting: true, network.AWS: false, network.ISP: false,
		network.Corporate: false, network.Unknown: false,
	} {
		if kind.Hides() != want {
			t.Errorf("%s: got %v", kind, !want)
		}
	}
}

func TestValidate(t *testing.T) {
	var got []string
	network.Config{
		{Name: "office", Kind: network.Corporate, CIDRs: []string{"198.51.100.0/24", "oops"}},
		{Name: "office", Kind: "lan", File: "x"},
		{},
	}.Validate(func(path, problem string) { got = append(got, path+": "+problem) })
	all := strings.Join(got, "\n")
	for _, want := range []string{"[0].cidrs[1]: ", "[1].name: ", `[1].kind: "lan"`, "[2].name: is missing", "[2].kind: ", "[2].cidrs: no addresses"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not told in\n%s", want, all)
		}
	}
	if len(got) != 6 {
		t.Errorf("told %d faults:\n%s", len(got), all)
	}
}

func TestEachPath(t *testing.T) {
	cfg := network.Config{{Name: "a"}, {Name: "b", File: "vpn.txt"}}
	cfg.EachPath(func(p *string) { *p = "/etc/" + *p })
	if cfg[0].File != "" || cfg[1].File != "/etc/vpn.txt" {
		t.Errorf("got %+v", cfg)
	}
}

func FuzzList(f *testing.F) {
	f.Add(plainList)
	f.Add(exitList)
	f.Add(ranges)
	f.Add("\x1f\x8b\x08\x00")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := network.Open(network.Config{{Name: "x", Kind: network.VPN, File: file(t, "list", text)}})
		if err != nil {
			if _, ok := errors.AsType[*network.ListError](err); !ok {
				t.Errorf("untyped error %v", err)
			}
			return
		}
		table.Look(netip.MustParseAddr("192.0.2.1"))
	})
}

func BenchmarkLook(b *testing.B) {
	table, err := network.Open(network.Config{
		{Name: "office", Kind: network.Corporate, CIDRs: []string{"198.51.100.0/24"}},
		{Name: "vpn", Kind: network.VPN, CIDRs: []string{"203.0.113.0/24", "192.0.2.0/25"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	ip := netip.MustParseAddr("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		table.Look(ip)
	}
}
