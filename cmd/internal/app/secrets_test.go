package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// hush is in every secret of these tests, and in nothing else.
const hush = "hunter2"

// journal is everything a daemon logs, at debug level.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) Sync() error { return nil }

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *zap.Logger {
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), j, zapcore.DebugLevel))
}

// silent complains about every line that tells a secret, as it is or within something in base64.
func silent(t *testing.T, where, text string) {
	t.Helper()
	forms := []string{hush}
	for before := range 3 {
		packed := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", before) + hush))
		forms = append(forms, packed[(before*8+5)/6:(before+len(hush))*8/6])
	}
	for line := range strings.Lines(text) {
		for _, form := range forms {
			if strings.Contains(line, form) {
				t.Errorf("%s tells a secret: %.600s", where, line)
				break
			}
		}
	}
}

// parrot is a service that answers whatever it is asked with all it was asked: as a refusal, a redirection, Slack's own
// word for what is wrong, or a page where JSON is due. The first part of the path chooses.
func parrot(t *testing.T) (url string, calls func() map[string]int) {
	t.Helper()
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said, _ := httputil.DumpRequest(r, true)
		kind, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		mu.Lock()
		seen[kind]++
		mu.Unlock()
		switch kind {
		case "redirect":
			w.Header().Set("Location", "http://127.0.0.1:1/"+hush+"?said="+fmt.Sprintf("%q", said))
			w.WriteHeader(http.StatusFound)
		case "word":
			_, _ = fmt.Fprintf(w, `{"ok":false,"error":%q}`, said)
		case "page":
			_, _ = fmt.Fprintf(w, "<html>%s", said)
		case "refuse":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"status":"invalid event","message":%q,"errors":[%q]}`, said, said)
		case "deny":
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write(said)
		default:
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write(said)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		out := map[string]int{}
		maps.Copy(out, seen)
		return out
	}
}

// secretive writes settings in which everything that can be secret is, and every receiver fails in a way of its own.
func (w *world) secretive(t *testing.T, queueURL, parrot string) []string {
	t.Helper()
	secrets := map[string]string{
		"api-token": hush + "-api", "license": hush + "-license", "key": "xoxb-" + hush, "app": "xapp-" + hush, "signing": hush + "-signing",
		"routing": hush + "0123456789abcdef01234567", "hmac": hush + "-hmac",
		"hook-500": parrot + "/500/" + hush, "hook-refuse": parrot + "/refuse/" + hush, "hook-deny": parrot + "/deny/" + hush,
		"hook-redirect": parrot + "/redirect/" + hush + "?token=" + hush, "hook-nowhere": "http://user:" + hush + "@127.0.0.1:1/" + hush,
		"hook-scheme": hush + "://" + hush, "hook-no-url": hush + " %zz:" + hush, "hook-bare": "hooks.example/" + hush, "hook-tls": strings.Replace(parrot, "http:", "https:", 1) + "/" + hush,
		"hook-name": "http://" + hush + ".invalid:99999/" + hush,
	}
	for name, text := range secrets {
		w.write(t, name, text+"\n")
	}
	var names []string
	receivers := ""
	add := func(name, rest string) {
		names = append(names, name)
		receivers += fmt.Sprintf("    - {name: %s, %s}\n", name, rest)
	}
	for _, kind := range []string{"500", "word", "page", "redirect", "deny"} {
		add("slack-"+kind, fmt.Sprintf("slack: {token_file: key, app_token_file: app, signing_secret_file: signing, allowed_users: [U0123456789, S0123456789], channel: C1, api_url: %q}", parrot+"/"+kind+"/"+hush))
	}
	add("slack-nowhere", fmt.Sprintf("slack: {token_file: key, channel: C1, api_url: \"http://user:%s@127.0.0.1:1/%s\"}", hush, hush))
	for _, kind := range []string{"500", "refuse", "deny", "redirect", "page"} {
		add("page-"+kind, fmt.Sprintf("pagerduty: {routing_key_file: routing, events_url: %q}", parrot+"/"+kind+"/"+hush))
	}
	for name := range secrets {
		if strings.HasPrefix(name, "hook-") {
			add(name, fmt.Sprintf("webhook: {url_file: %s, secret_file: hmac}", name))
			add("slack-"+name, fmt.Sprintf("slack: {webhook_url_file: %s}", name))
		}
	}
	w.file = filepath.Join(w.dir, "trailwarden.yaml")
	w.write(t, "trailwarden.yaml", fmt.Sprintf(`
data_dir: store
http: {listen: "127.0.0.1:0", token_file: api-token}
nats: {shards: 4, max_bytes: 268435456}
consumer:
  queues: [{url: %q, region: eu-west-1, log_buckets: [%s]}]
enrich:
  geoip: {city: city.mmdb, update: {account_id: 1, license_key_file: license, directory: fetched, url: %q}}
alerting:
  receivers:
%s  routes:
    - {receivers: [%s]}
`, queueURL, logBucket, parrot+"/refuse/"+hush, receivers, strings.Join(names, ", ")))
	return names
}

// TestSecretsAppearNowhere runs a daemon that has a secret for everything among services that repeat what they are told,
// at debug level, and reads all it says: its log, its metrics, every path it serves, what check and reload answer.
func TestSecretsAppearNowhere(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	address, calls := parrot(t)
	names := w.secretive(t, url, address)
	var log journal
	var console bytes.Buffer
	d := startApp(t, app.Options{ConfigFile: w.file, Version: "1.2.3", Log: log.logger(), Console: &console})
	d.token = hush + "-api"
	queue.Send(apiCall(t, kops().record()), "poison")
	eventually(t, "every receiver was tried", func() bool {
		_, metrics := d.ask(t, http.MethodGet, "/metrics", "")
		for _, name := range names {
			if !strings.Contains(metrics, `receiver="`+name+`",result="retried"} 0`) && strings.Contains(metrics, `receiver="`+name+`",result="retried"}`) {
				continue
			}
			if strings.Contains(metrics, `receiver="`+name+`",result="dead"} 1`) || strings.Contains(metrics, `receiver="`+name+`",result="delivered"} 1`) {
				continue
			}
			return false
		}
		return deleted(queue, 2)()
	})
	eventually(t, "the app token was tried", func() bool {
		_, body := d.ask(t, http.MethodGet, "/-/ready", "")
		return strings.Contains(body, "app_token_file: cannot connect")
	})
	eventually(t, "all the parrot's ways were met", func() bool {
		n := calls()
		return n["500"] > 0 && n["word"] > 0 && n["page"] > 0 && n["redirect"] > 0 && n["deny"] > 0 && n["refuse"] > 0
	})
	w.everyPath(t, d)

	// Faulty settings, at a reload.
	for _, wrong := range wrongSettings() {
		w.edit(t, wrong[0], wrong[1])
		status, body := d.ask(t, http.MethodPost, "/-/reload", "")
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s was taken: %d", wrong[1], status)
		}
		silent(t, "the answer to a reload", body)
		_, err := app.Check(t.Context(), w.file, nil, false, log.logger())
		silent(t, "check", fmt.Sprint(err))
		_, err = app.New(t.Context(), app.Options{ConfigFile: w.file, Log: log.logger(), Console: io.Discard})
		silent(t, "run", fmt.Sprint(err))
		w.edit(t, wrong[1], wrong[0])
	}
	checked, err := app.Check(t.Context(), w.file, nil, true, log.logger())
	silent(t, "check", fmt.Sprintf("%+v %v", checked, err))
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	silent(t, "the console", console.String())
	silent(t, "the log", log.String())
	if n := len(log.String()); n < 10_000 {
		t.Errorf("a log of %d bytes is none of debug level", n)
	}
}

// wrongSettings are edits by which somebody puts a secret where it does not belong, or breaks what holds one.
func wrongSettings() [][2]string {
	long := "xoxb-" + hush
	return [][2]string{
		{"token_file: key, channel", "token_file: " + long + ", channel"},
		{"token_file: key, channel", "token_file: [" + long + "], channel"},
		{"token_file: key, channel", "token_file: {key: " + long + "}, channel"},
		{"token_file: key, channel", "token: " + long + ", channel"},
		{"token_file: key, channel", "token_file: \"" + long + ", channel"},
		{"token_file: key, channel", "token_file: /etc/" + long + "/x, channel"},
		{"token_file: api-token", "token_file: " + hush},
		{"license_key_file: license", "license_key_file: " + hush},
		{"account_id: 1", "account_id: " + hush},
		{"nats: {shards: 4", "nats: {urls: [\"nats://user:" + hush + "@\"], shards: 4"},
		{"nats: {shards: 4", "nats: {urls: [\"nats://user:" + hush + "@%zz\"], shards: 4"},
		{"nats: {shards: 4", "nats: {urls: [\"" + hush + "://user:" + hush + "@host\"], shards: 4"},
		{"nats: {shards: 4", "nats: {urls: [\"nats://127.0.0.1:1\"], credentials_file: " + hush + ", shards: 4"},
		{"nats: {shards: 4", "nats: {urls: [\"nats://127.0.0.1:1\"], nkey_file: " + hush + ", shards: 4"},
	}
}

// everyPath reads all that the daemon serves.
func (w *world) everyPath(t *testing.T, d *daemon) {
	t.Helper()
	paths := []string{"/", "/-/healthy", "/-/ready", "/metrics", "/api/v1/alerts", "/api/v1/ledger", "/api/v1/silences", "/api/v1/dead", "/nowhere"}
	for _, a := range d.alerts(t) {
		paths = append(paths, "/alerts/"+a.ID, "/api/v1/alerts/"+a.ID)
	}
	for sequence := range 8 {
		paths = append(paths, fmt.Sprintf("/api/v1/dead/%d", sequence+1))
	}
	for _, path := range paths {
		for _, token := range []string{hush + "-api", hush + "-wrong", ""} {
			d.token = token
			_, body := d.ask(t, http.MethodGet, path, "")
			silent(t, path, body)
		}
	}
	d.token = hush + "-api"
	if status, body := d.ask(t, http.MethodPost, "/slack/interactions", "payload="+hush); status == http.StatusOK {
		t.Errorf("unsigned: %d %s", status, body)
	} else {
		silent(t, "the answer to an unsigned click", body)
	}
}

// TestSecretsOfTheEnvironmentAppearNowhere gives the secrets in variables, right and wrong ones.
func TestSecretsOfTheEnvironmentAppearNowhere(t *testing.T) {
	c := shared.part(t) // alone: the environment is everybody's
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	pagerDuty := notifytest.NewPagerDuty()
	t.Cleanup(pagerDuty.Close)
	w.edit(t, "token_file: slack-token, ", "")
	w.edit(t, "routing_key_file: routing-key, ", "")
	set := map[string]string{
		"TRAILWARDEN_HTTP_TOKEN": hush + "-api", "TRAILWARDEN_ALERTING_RECEIVERS_0_SLACK_TOKEN": "xoxb-" + hush,
		"TRAILWARDEN_ALERTING_RECEIVERS_1_PAGERDUTY_ROUTING_KEY": hush + "0123456789abcdef01234567",
	}
	for name, value := range set {
		t.Setenv(name, value)
	}
	var log journal
	d := startApp(t, app.Options{ConfigFile: w.file, Environ: os.Environ(), Version: "1.2.3", Log: log.logger(), Console: io.Discard})
	d.token = hush + "-api"
	queue.Send(apiCall(t, kops().record()))
	eventually(t, "both receivers refuse", func() bool {
		_, body := d.ask(t, http.MethodGet, "/-/ready", "")
		return strings.Contains(body, "soc") && strings.Contains(body, "oncall") && strings.Contains(body, "not ready")
	})
	w.everyPath(t, d)
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{
		"TRAILWARDEN_NATS_SHARDS=" + hush, "TRAILWARDEN_NATS_URLS=nats://user:" + hush + "@", "TRAILWARDEN_NOTHING=" + hush,
		"TRAILWARDEN_ALERTING_RECEIVERS_0_SLACK_TOKEN_FILE=" + hush, "TRAILWARDEN_ALERTING_RECEIVERS_9_SLACK_TOKEN=" + hush,
		"TRAILWARDEN_CONSUMER_MAX_OBJECT_BYTES=" + hush, "TRAILWARDEN_ENRICH_GEOIP_UPDATE_LICENSE_KEY=" + hush,
	} {
		_, err := app.Check(t.Context(), w.file, append(os.Environ(), wrong), false, log.logger())
		name, _, _ := strings.Cut(wrong, "=")
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		silent(t, "check", fmt.Sprint(err))
	}
	silent(t, "the log", log.String())
}

// TestSecretsOfNATSAppearNowhere tries to join a cluster with secrets that are not the right ones, or none at all.
func TestSecretsOfNATSAppearNowhere(t *testing.T) {
	t.Parallel()
	roles, err := os.ReadFile(rolesFile)
	if err != nil {
		t.Fatal(err)
	}
	n := newGuardedNATS(t, roles)
	stranger, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := stranger.Seed()
	if err != nil {
		t.Fatal(err)
	}
	n.write(t, "garbage", []byte(hush))
	n.write(t, "stranger", seed)
	n.write(t, "creds", fmt.Appendf(nil, "-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n", hush, seed))
	for name, settings := range map[string]string{
		"a password": fmt.Sprintf(`urls: ["tls://user:%s@%s"]`, hush, n.Addr()),
		"a token":    fmt.Sprintf(`urls: ["tls://%s@%s"]`, hush, n.Addr()),
		"a seed":     fmt.Sprintf(`urls: ["tls://%s"], nkey_file: garbage`, n.Addr()),
		"a stranger": fmt.Sprintf(`urls: ["tls://%s"], nkey_file: stranger`, n.Addr()),
		"creds":      fmt.Sprintf(`urls: ["tls://%s"], credentials_file: creds`, n.Addr()),
		"no creds":   fmt.Sprintf(`urls: ["tls://%s"], credentials_file: garbage`, n.Addr()),
		"no CA":      fmt.Sprintf(`urls: ["tls://user:%s@%s"], tls: {ca_file: garbage}`, hush, n.Addr()),
		"no key":     fmt.Sprintf(`urls: ["tls://user:%s@%s"], tls: {cert_file: cert.pem, key_file: garbage}`, hush, n.Addr()),
		"nobody":     fmt.Sprintf(`urls: ["nats://user:%s@127.0.0.1:1"]`, hush),
	} {
		if !strings.Contains(settings, "tls: {") {
			settings += ", tls: {ca_file: cert.pem}"
		}
		n.write(t, "trailwarden.yaml", []byte("http: {listen: \"127.0.0.1:0\"}\nnats: {"+settings+"}\n"))
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		var log journal
		_, err := app.New(ctx, app.Options{ConfigFile: n.path("trailwarden.yaml"), Log: log.logger(), Console: io.Discard})
		cancel()
		if err == nil {
			t.Fatalf("joined with %s", name)
		}
		silent(t, "the end with "+name, err.Error())
		silent(t, "the log with "+name, log.String())
		if strings.Contains(err.Error()+log.String(), string(seed)) {
			t.Errorf("%s: the seed is told", name)
		}
	}
}
