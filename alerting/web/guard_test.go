package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/web"
)

func TestLoopbackNeedsNoTokenButItsOwnName(t *testing.T) {
	d := story()
	addr := serve(t, d, nil)
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		addr: 200, "localhost:" + port: 200, "127.0.0.1": 200, "[::1]:" + port: 200, "127.8.8.8:" + port: 200,
		"evil.example": 403, "evil.example:" + port: 403, "localhost.evil.example": 403, "127.0.0.1.evil.example:" + port: 403, "10.0.0.1": 403,
	} {
		named := func(r *http.Request) { r.Host = host }
		for _, path := range []string{"/", "/api/v1/alerts", "/api/v1/ledger", "/metrics", "/-/healthy", "/-/serving", "/-/ready"} {
			if got := ask(t, http.MethodGet, "http://"+addr+path, "", named); got.status != want {
				t.Errorf("GET %s as %s: %d, want %d", path, host, got.status, want)
			}
		}
		if got := ask(t, http.MethodPost, "http://"+addr+"/-/reload", "", named); got.status != want {
			t.Errorf("reload as %s: %d, want %d", host, got.status, want)
		}
	}
	if d.reloads != 5 {
		t.Errorf("reloaded %d times, want 5", d.reloads)
	}
}

func TestForeignPagesChangeNothing(t *testing.T) {
	d := story()
	addr := serve(t, d, nil)
	url := "http://" + addr + "/api/v1/alerts/" + d.alerts[0].ID + "/resolve"
	for origin, want := range map[string]int{
		"https://evil.example": 403, "http://" + addr + ".evil.example": 403, "null": 403, "http://127.0.0.1:1": 403, "http://" + addr: 200,
	} {
		from := func(r *http.Request) { r.Header.Set("Origin", origin) }
		if got := ask(t, http.MethodPost, url, "", from); got.status != want {
			t.Errorf("POST from %s: %d, want %d", origin, got.status, want)
		}
	}
	if len(d.commanded) != 1 {
		t.Errorf("%d commands carried out, want the one of its own page", len(d.commanded))
	}
	got := ask(t, http.MethodOptions, url, "", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
	if got.header.Get("Access-Control-Allow-Origin") != "" || got.status < 400 {
		t.Errorf("OPTIONS from a foreign page: %d %v", got.status, got.header)
	}
}

// TestNoPathAnswersPagesOfOtherSites: neither what a page makes a browser fetch or post, nor what it frames; links to a page
// may be followed.
func TestNoPathAnswersPagesOfOtherSites(t *testing.T) {
	d := story()
	token := file(t, "hunter2")
	for name, change := range map[string]func(*web.Config){"loopback": nil, "token": func(c *web.Config) { c.TokenFile = token }} {
		addr := serve(t, d, change)
		for _, path := range []string{"/", "/alerts/" + d.alerts[0].ID, "/api/v1/alerts", "/metrics", "/-/healthy", "/-/serving", "/-/ready"} {
			for fetched, want := range map[string]int{
				"": 200, "none navigate document": 200, "same-origin cors empty": 200, "cross-site navigate document": 200,
				"cross-site no-cors image": 403, "cross-site cors empty": 403, "same-site cors empty": 403, "cross-site navigate iframe": 403, "other": 403,
			} {
				got := ask(t, http.MethodGet, "http://"+addr+path, "", func(r *http.Request) {
					r.Header.Set("Authorization", "Bearer hunter2")
					for i, value := range strings.Fields(fetched) {
						r.Header.Set([]string{"Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"}[i], value)
					}
				})
				if got.status != want {
					t.Errorf("%s: GET %s (%s): %d, want %d", name, path, fetched, got.status, want)
				}
			}
		}
		got := ask(t, http.MethodPost, "http://"+addr+"/-/reload", "", func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer hunter2")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Sec-Fetch-Mode", "navigate")
			r.Header.Set("Sec-Fetch-Dest", "document")
		})
		if got.status != 403 || d.reloads > 0 {
			t.Errorf("%s: a form of another site reloaded the settings: %d", name, got.status)
		}
	}
}

func TestHostOfTheExternalURLIsItsOwn(t *testing.T) {
	token := file(t, "hunter2")
	addr := serve(t, story(), func(c *web.Config) { c.ExternalURL = "https://Alerts.example.org/" })
	proven := serve(t, story(), func(c *web.Config) { c.TokenFile = token })
	for _, tc := range []struct {
		addr, host, token string
		want              int
	}{
		{addr, "alerts.example.org", "", 200},
		{addr, "alerts.example.com", "", 403},
		{proven, "alerts.example.org", "", 403}, // health is for everybody, but not by any name
		{proven, "alerts.example.org", "Bearer hunter2", 200},
	} {
		got := ask(t, http.MethodGet, "http://"+tc.addr+"/-/ready", "", func(r *http.Request) {
			r.Host = tc.host
			r.Header.Set("Authorization", tc.token)
		})
		if got.status != tc.want {
			t.Errorf("as %s with %q: %d, want %d", tc.host, tc.token, got.status, tc.want)
		}
	}
}

func TestToken(t *testing.T) {
	token := file(t, "hunter2\n")
	addr := serve(t, story(), func(c *web.Config) { c.TokenFile = token })
	status := func(path, authorization string) int {
		return ask(t, http.MethodGet, "http://"+addr+path, "", func(r *http.Request) {
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
		}).status
	}
	for authorization, want := range map[string]int{
		"": 401, "Bearer hunter2": 200, "Bearer hunter3": 401, "Bearer ": 401, "Bearer hunter2x": 401, "hunter2": 401, "Basic aHVudGVyMg==": 401,
	} {
		if got := status("/api/v1/alerts", authorization); got != want {
			t.Errorf("with %q: %d, want %d", authorization, got, want)
		}
	}
	if status("/-/healthy", "") != 200 || status("/-/serving", "") != 200 || status("/-/ready", "") != 200 {
		t.Error("health and readiness ask for the token")
	}
	if got := get(t, "http://"+addr+"/"); got.header.Get("WWW-Authenticate") == "" || strings.Contains(got.body, "hunter2") {
		t.Errorf("refused with %+v", got)
	}
	// The file is read anew, and without it nobody is let in.
	if err := os.WriteFile(token, []byte("hunter3"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status("/metrics", "Bearer hunter3") != 200 || status("/metrics", "Bearer hunter2") != 401 {
		t.Error("the new token is not the one in force")
	}
	if err := os.Remove(token); err != nil {
		t.Fatal(err)
	}
	if status("/metrics", "Bearer hunter3") != 401 || status("/metrics", "Bearer ") != 401 {
		t.Error("let in without a token's file")
	}
}

// certificate makes a certificate signed by itself, good for server and client, and gives the files of both parts.
func certificate(t *testing.T) (cert, key string, pair tls.Certificate) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "dora"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})
	if pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return file(t, string(certPEM)), file(t, string(keyPEM)), pair
}

func TestClientCertificatesOpenTheDoor(t *testing.T) {
	cert, key, pair := certificate(t)
	token := file(t, "hunter2")
	d := story()
	addr := serve(t, d, func(c *web.Config) {
		c.TokenFile, c.TLS = token, web.TLS{CertFile: cert, KeyFile: key, ClientCAFile: cert}
	})
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	transport := func(certs ...tls.Certificate) *http.Transport {
		return &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certs}}
	}
	if got := askWith(t, transport(pair), http.MethodGet, "https://"+addr+"/api/v1/alerts", "", nil); got.status != 200 {
		t.Errorf("with a certificate: %d", got.status)
	}
	// A certificate vouches for its name, whatever name is claimed; a token for none.
	for claimed, want := range map[string]string{"": "dora", "dora": "dora", "alice": "alice (certificate dora)", "al\\u202eice\\n": ""} {
		d.commanded = nil
		body := `{"by":"` + claimed + `"}`
		got := askWith(t, transport(pair), http.MethodPost, "https://"+addr+"/api/v1/alerts/"+d.alerts[0].ID+"/ack", body, nil)
		if got.status != 200 || len(d.commanded) != 1 {
			t.Errorf("%s with a certificate: %d %s", body, got.status, got.body)
			continue
		}
		by := d.commanded[0].Hand.By
		if want != "" && by != want || strings.ContainsAny(by, "\u202e\n") || !strings.Contains(by, "dora") {
			t.Errorf("%s with the certificate of dora is %q", body, by)
		}
	}
	d.commanded = nil
	bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer hunter2") }
	if got := askWith(t, transport(), http.MethodPost, "https://"+addr+"/api/v1/alerts/"+d.alerts[0].ID+"/ack", `{"by":"alice"}`, bearer); got.status != 200 || d.commanded[0].Hand.By != "alice" {
		t.Errorf("with the token: %+v %+v", got, d.commanded)
	}
	if got := askWith(t, transport(), http.MethodGet, "https://"+addr+"/api/v1/alerts", "", nil); got.status != 401 {
		t.Errorf("with neither certificate nor token: %d", got.status)
	}
}

// Without a token's file a certificate of the CA is the only way in, for everything.
func TestClientCertificatesAloneOpenTheDoor(t *testing.T) {
	cert, key, pair := certificate(t)
	_, _, stranger := certificate(t)
	addr := serve(t, story(), func(c *web.Config) { c.TLS = web.TLS{CertFile: cert, KeyFile: key, ClientCAFile: cert} })
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	for name, tt := range map[string]struct {
		certs []tls.Certificate
		in    bool
	}{"its own": {[]tls.Certificate{pair}, true}, "none": {nil, false}, "a stranger's": {[]tls.Certificate{stranger}, false}} {
		for _, path := range []string{"/", "/api/v1/alerts", "/metrics", "/-/ready"} {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: tt.certs}}}
			resp, err := client.Get("https://" + addr + path)
			if err == nil {
				resp.Body.Close()
			}
			if in := err == nil && resp.StatusCode == http.StatusOK; in != tt.in {
				t.Errorf("GET %s with the certificate %s: %v", path, name, err)
			}
		}
	}
	if resp, err := http.Get("http://" + addr + "/metrics"); err == nil {
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			t.Error("let in without TLS")
		}
	}
}

func TestNewTellsWhatIsInTheWay(t *testing.T) {
	cert, key, _ := certificate(t)
	addr := serve(t, story(), nil)
	for name, tt := range map[string]struct {
		cfg  web.Config
		want string
	}{
		"port in use":    {web.Config{Listen: addr}, "set http.listen to a free address"},
		"no certificate": {web.Config{Listen: "127.0.0.1:0", TLS: web.TLS{CertFile: "nowhere", KeyFile: key}}, "http.tls"},
		"no CA":          {web.Config{Listen: "127.0.0.1:0", TLS: web.TLS{CertFile: cert, KeyFile: key, ClientCAFile: "nowhere"}}, "http.tls.client_ca_file"},
		"CA is a key":    {web.Config{Listen: "127.0.0.1:0", TLS: web.TLS{CertFile: cert, KeyFile: key, ClientCAFile: key}}, "holds no certificate"},
	} {
		if _, err := web.New(tt.cfg, story(), nil, zap.NewNop()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg  web.Config
		want string // key; empty: sound
	}{
		"default":                  {web.DefaultConfig(), ""},
		"IPv6 loopback":            {web.Config{Listen: "[::1]:9464"}, ""},
		"localhost":                {web.Config{Listen: "localhost:0"}, ""},
		"no port":                  {web.Config{Listen: "127.0.0.1"}, "listen"},
		"all addresses":            {web.Config{Listen: ":9464"}, "listen"},
		"all addresses, token":     {web.Config{Listen: ":9464", TokenFile: "t"}, ""},
		"elsewhere":                {web.Config{Listen: "192.0.2.1:9464"}, "listen"},
		"a name":                   {web.Config{Listen: "trailwarden.example:9464"}, "listen"},
		"elsewhere, certificates":  {web.Config{Listen: ":9464", TLS: web.TLS{CertFile: "c", KeyFile: "k", ClientCAFile: "ca"}}, ""},
		"elsewhere, TLS alone":     {web.Config{Listen: ":9464", TLS: web.TLS{CertFile: "c", KeyFile: "k"}}, "listen"},
		"half a certificate":       {web.Config{Listen: "127.0.0.1:0", TLS: web.TLS{CertFile: "c"}}, "tls"},
		"reached through a proxy":  {web.Config{Listen: "127.0.0.1:0", ExternalURL: "https://trailwarden.example.org/soc/"}, ""},
		"reached nowhere":          {web.Config{Listen: "127.0.0.1:0", ExternalURL: "trailwarden.example.org"}, "external_url"},
		"certificates, but no TLS": {web.Config{Listen: "127.0.0.1:0", TLS: web.TLS{ClientCAFile: "ca"}}, "tls.client_ca_file"},
	} {
		var got []string
		tt.cfg.Validate(func(path, problem string) {
			if problem == "" {
				t.Errorf("%s: %s without a word", name, path)
			}
			got = append(got, path)
		})
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: faults in %q, want %q", name, got, tt.want)
		}
	}
}
