package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"go.uber.org/zap/zaptest"

	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/web"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// rolesFile is what operators include in the configuration of their NATS.
const rolesFile = "../../../deploy/nats/roles.conf"

// guardedNATS is a NATS with TLS, an nkey for each role, and the permissions of rolesFile. It writes down who used what.
type guardedNATS struct {
	*natsd.Server
	dir string

	mu         sync.Mutex
	violations []string
	inbox      map[string]string          // role by connection
	used       map[string]map[string]bool // subjects by connection
}

func newGuardedNATS(t *testing.T, roles []byte) *guardedNATS {
	t.Helper()
	n := &guardedNATS{dir: t.TempDir(), inbox: map[string]string{}, used: map[string]map[string]bool{}}
	n.certify(t)
	conf := fmt.Sprintf("listen: \"127.0.0.1:-1\"\nmax_payload: 4MB\njetstream {store_dir: %q, sync_interval: always}\ntls {cert_file: %q, key_file: %q}\n",
		n.path("js"), n.path("cert.pem"), n.path("key.pem"))
	var keys strings.Builder // an operator has them in the environment
	for _, role := range []string{app.RoleConsumer, app.RoleEnrich, app.RoleAlerting} {
		pair, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		seed, err := pair.Seed()
		if err != nil {
			t.Fatal(err)
		}
		public, err := pair.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		n.write(t, role+".nk", seed)
		keys.WriteString(fmt.Sprintf("NATS_%s_NKEY: %s\n", strings.ToUpper(role), public))
	}
	n.write(t, "roles.conf", append([]byte(keys.String()), roles...))
	n.write(t, "nats.conf", []byte(conf+"include roles.conf\n"))
	opts, err := natsd.ProcessConfigFile(n.path("nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	opts.NoSigs = true
	if n.Server, err = natsd.NewServer(opts); err != nil {
		t.Fatal(err)
	}
	n.SetLoggerV2(n, false, true, false)
	n.Start()
	t.Cleanup(func() { n.Shutdown(); n.WaitForShutdown() })
	if !n.ReadyForConnections(20 * time.Second) {
		t.Fatal("NATS does not start")
	}
	return n
}

func (n *guardedNATS) path(name string) string { return filepath.Join(n.dir, name) }

func (n *guardedNATS) write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(n.path(name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// certify writes a certificate for 127.0.0.1, which is its own authority.
func (n *guardedNATS) certify(t *testing.T) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nats"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	n.write(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	n.write(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}))
}

var (
	publishes  = regexp.MustCompile(`cid:(\d+)\D.*<<- \[H?PUB (\S+) `)
	subscribes = regexp.MustCompile(`cid:(\d+)\D.*<<- \[SUB _INBOX_([a-z]+)\.`)
)

// note takes a line of the server's log.
func (n *guardedNATS) note(format string, v []any) {
	line := fmt.Sprintf(format, v...)
	n.mu.Lock()
	defer n.mu.Unlock()
	if strings.Contains(line, " Violation - ") {
		n.violations = append(n.violations, line)
	} else if found := publishes.FindStringSubmatch(line); found != nil {
		if n.used[found[1]] == nil {
			n.used[found[1]] = map[string]bool{}
		}
		n.used[found[1]][found[2]] = true
	} else if found := subscribes.FindStringSubmatch(line); found != nil {
		n.inbox[found[1]] = found[2]
	}
}

// Noticef and the others implement natsd.Logger.
func (n *guardedNATS) Noticef(format string, v ...any) { n.note(format, v) }
func (n *guardedNATS) Warnf(format string, v ...any)   { n.note(format, v) }
func (n *guardedNATS) Fatalf(format string, v ...any)  { n.note(format, v) }
func (n *guardedNATS) Errorf(format string, v ...any)  { n.note(format, v) }
func (n *guardedNATS) Debugf(format string, v ...any)  { n.note(format, v) }
func (n *guardedNATS) Tracef(format string, v ...any)  { n.note(format, v) }

// refusals are the violations so far.
func (n *guardedNATS) refusals() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.violations
}

// subjects are those the processes of a role published to.
func (n *guardedNATS) subjects(role string) map[string]bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := map[string]bool{}
	for connection, subjects := range n.used {
		if n.inbox[connection] == role {
			for s := range subjects {
				all[s] = true
			}
		}
	}
	return all
}

// worker starts a process of one role on the NATS; more is YAML of its settings.
func (n *guardedNATS) worker(t *testing.T, w *world, role, more string) *daemon {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "trailwarden.yaml")
	text := fmt.Sprintf(`
http: {listen: "127.0.0.1:0"}
nats: {urls: ["tls://%s"], nkey_file: %s, tls: {ca_file: %s}, shards: 4, max_bytes: 268435456}
alerting:
  receivers:
    - {name: soc, slack: {token_file: %s, channel: %s, api_url: "%s"}}
    - {name: on-call, pagerduty: {routing_key_file: %s, events_url: "%s", change_events: true}}
  routes: [{receivers: [soc, on-call]}]
%s`, n.Addr(), n.path(role+".nk"), n.path("cert.pem"), filepath.Join(w.dir, "slack-token"), w.slack.Channel, w.slack.URL(),
		filepath.Join(w.dir, "routing-key"), w.pagerDuty.URL(), more)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return startApp(t, app.Options{ConfigFile: file, Roles: []string{role}, Version: "1.2.3", Log: zaptest.NewLogger(t), Console: io.Discard})
}

// connect is a client with a role's key.
func (n *guardedNATS) connect(t *testing.T, role string) *nats.Conn {
	t.Helper()
	key, err := nats.NkeyOptionFromSeed(n.path(role + ".nk"))
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect("tls://"+n.Addr().String(), key, nats.RootCAs(n.path("cert.pem")), nats.CustomInboxPrefix("_INBOX_"+role),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// filesRoles is the roles' file with the lines that consumer.files needs.
func filesRoles(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(rolesFile)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.ReplaceAll(string(data), "#consumer.files: ", ""))
}

// TestRolesDoWithTheirPermissions runs a process of each role on a NATS that lets it do what deploy/nats/roles.conf says,
// takes it through all that a role does, and finds nothing refused and nothing allowed in vain.
func TestRolesDoWithTheirPermissions(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	n := newGuardedNATS(t, filesRoles(t))
	logs := t.TempDir()
	if err := os.WriteFile(filepath.Join(logs, "first.json"), logFile(ordinary(20, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	sources := fmt.Sprintf("consumer: {queues: [{url: %q, region: eu-west-1, log_buckets: [%s]}], files: [%q]}", url, logBucket, logs)
	// The role alerting comes last, and the others wait until it has made the streams.
	var taking, working *daemon
	var early sync.WaitGroup
	early.Go(func() { taking = n.worker(t, w, app.RoleConsumer, sources) })
	early.Go(func() { working = n.worker(t, w, app.RoleEnrich, "") })
	eventually(t, "two wait", func() bool { return n.NumClients() == 2 })
	d := n.worker(t, w, app.RoleAlerting, "")
	early.Wait()

	queue.Send(apiCall(t, kops().record()), "poison")
	a := toldOnce(t, d, w, deleted(queue, 2))
	for _, role := range []*daemon{d, taking, working} {
		if status, body := role.ask(t, http.MethodGet, "/-/ready", ""); status != http.StatusOK {
			t.Errorf("not ready: %s", body)
		}
	}
	for _, role := range []*daemon{d, taking, working} {
		if status, body := role.ask(t, http.MethodPost, "/-/reload", ""); status != http.StatusOK {
			t.Errorf("not reloaded: %s", body)
		}
	}
	for _, role := range []*daemon{taking, working} {
		for _, path := range []string{"/", "/api/v1/alerts", "/api/v1/ledger", "/api/v1/dead"} {
			if status, body := role.ask(t, http.MethodGet, path, ""); status != http.StatusNotImplemented || !strings.Contains(body, "role alerting") {
				t.Errorf("GET %s of a process that may not know: %d %s", path, status, body)
			}
		}
	}
	byHand(t, d, w, a.ID)
	// What cannot be read is parked by whoever finds it.
	garbage := []byte("garbage")
	if err := n.connect(t, app.RoleConsumer).Publish(bus.EventsSubject(0), garbage); err != nil {
		t.Fatal(err)
	}
	if err := n.connect(t, app.RoleEnrich).Publish(bus.FindingsSubject(0), garbage); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all stages have parked something", func() bool {
		_, body := d.ask(t, http.MethodGet, "/api/v1/dead", "")
		return strings.Contains(body, `"enrich"`) && strings.Contains(body, `"alerting"`) && strings.Contains(body, `"consumer"`)
	})
	parked := get[[]web.Letter](t, d, "/api/v1/dead?stage=consumer")
	if status, body := d.ask(t, http.MethodPost, fmt.Sprintf("/api/v1/dead/%d/resend", parked[0].Sequence), ""); status != http.StatusOK {
		t.Errorf("resend: %d %s", status, body)
	}
	eventually(t, "the consumer has tried once more", func() bool {
		now := get[[]web.Letter](t, d, "/api/v1/dead?stage=consumer")
		return len(now) == 1 && now[0].Sequence > parked[0].Sequence
	})
	if status, body := d.ask(t, http.MethodDelete, "/api/v1/dead?stage=enrich", ""); status != http.StatusOK {
		t.Errorf("drop: %d %s", status, body)
	}
	if l := d.ledger(t); l.Unaccounted != 0 || l.Records.In != 21 || !l.settled() {
		t.Errorf("the ledger: %+v", l)
	}
	eventually(t, "the file is marked as read", func() bool {
		return slices.ContainsFunc(slices.Collect(maps.Keys(n.subjects(app.RoleConsumer))), func(s string) bool { return strings.HasPrefix(s, "$KV.trail_state.file.") })
	})
	stopAll := func() {
		for _, worker := range []*daemon{taking, working, d} {
			if err := worker.stop(); err != nil {
				t.Error(err)
			}
		}
	}
	stopAll()
	// Successors read what was left, and the ledger counts what waits.
	d, taking = n.worker(t, w, app.RoleAlerting, ""), n.worker(t, w, app.RoleConsumer, sources)
	queue.Send(apiCall(t, kops().closing().record()))
	eventually(t, "a record waits for the role enrich", func() bool { return d.ledger(t).Records.Pending == 1 })
	working = n.worker(t, w, app.RoleEnrich, "")
	eventually(t, "the alert is resolved", func() bool {
		return w.pagerDuty.State(w.pagerDuty.Events()[0].DedupKey) == "resolved" && d.ledger(t).settled()
	})
	stopAll()
	for _, line := range n.refusals() {
		t.Errorf("refused: %s", line)
	}
	for _, role := range []string{app.RoleConsumer, app.RoleEnrich, app.RoleAlerting} {
		for _, subject := range n.unused(t, role) {
			t.Errorf("%s is allowed %s and never uses it", role, subject)
		}
	}
}

// byHand does what people do: acknowledge, silence, send a dead letter again.
func byHand(t *testing.T, d *daemon, w *world, id string) {
	t.Helper()
	w.pagerDuty.Fail(notifytest.Enqueue, notifytest.Fault{Status: http.StatusBadRequest, Body: `{"status":"invalid event"}`})
	if status, body := d.ask(t, http.MethodPost, "/api/v1/alerts/"+id+"/ack", `{"by":"dora"}`); status != http.StatusOK {
		t.Fatalf("ack: %d %s", status, body)
	}
	var letters []web.Letter
	eventually(t, "the refused notification is a dead letter", func() bool {
		letters = get[[]web.Letter](t, d, "/api/v1/dead?stage=notify")
		return len(letters) == 1
	})
	if status, body := d.ask(t, http.MethodPost, fmt.Sprintf("/api/v1/dead/%d/resend", letters[0].Sequence), ""); status != http.StatusOK {
		t.Fatalf("resend: %d %s", status, body)
	}
	silence, _ := d.silence(t, "/api/v1/silences", `{"bucket":"other-*","author":"dora","comment":"moving","duration":"2h"}`)
	if status, body := d.ask(t, http.MethodPost, "/api/v1/silences/"+silence+"/expire", ""); status != http.StatusOK {
		t.Fatalf("expire: %d %s", status, body)
	}
	eventually(t, "PagerDuty hears of it after all", func() bool {
		return w.pagerDuty.State(w.pagerDuty.Events()[0].DedupKey) == "acknowledged" && d.ledger(t).settled()
	})
}

// unused are the subjects a role may publish to and has not.
func (n *guardedNATS) unused(t *testing.T, role string) (subjects []string) {
	t.Helper()
	opts, err := natsd.ProcessConfigFile(n.path("nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	used := n.subjects(role)
	for _, user := range opts.Nkeys {
		if user.Permissions.Subscribe.Allow[0] != "_INBOX_"+role+".>" {
			continue
		}
		for _, allowed := range user.Permissions.Publish.Allow {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(s string) bool { return natsd.SubjectsCollide(s, allowed) }) {
				subjects = append(subjects, allowed)
			}
		}
	}
	return subjects
}

// TestRolesAreRefusedTheRest asks with each role's key for what belongs to another.
func TestRolesAreRefusedTheRest(t *testing.T) {
	c := newCloud(t)
	_, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	roles, err := os.ReadFile(rolesFile)
	if err != nil {
		t.Fatal(err)
	}
	n := newGuardedNATS(t, roles)
	n.worker(t, w, app.RoleAlerting, "") // makes the streams
	for role, subjects := range map[string][]string{
		app.RoleConsumer: {
			"trail.findings.0", "trail.notify.soc", "trail.dead.notify", "trail.dead.enrich", "$KV.trail_alerts.alert.0.x", "$KV.trail_history.actor.0.x",
			"$KV.trail_exposure.s0.bucket.x", "$KV.trail_silences.silences", "$KV.trail_state.alerting.0", "$KV.trail_state.lane.soc", "$KV.trail_state.lease.enrich.shard.0",
			"$KV.trail_state.layout.shards", "$KV.trail_state.file.x", "$JS.API.STREAM.PURGE.TRAIL_EVENTS", "$JS.API.STREAM.MSG.GET.KV_trail_alerts",
			"$JS.API.STREAM.MSG.GET.TRAIL_EVENTS", "$JS.API.CONSUMER.CREATE.TRAIL_FINDINGS.x.trail.findings.0", "$JS.API.CONSUMER.CREATE.KV_trail_state.x.$KV.trail_state.>",
		},
		app.RoleEnrich: {
			"trail.events.0", "trail.notify.soc", "trail.dead.notify", "trail.dead.consumer", "$KV.trail_alerts.alert.0.x", "$KV.trail_exposure.s0.bucket.x",
			"$KV.trail_silences.silences", "$KV.trail_state.alerting.0", "$KV.trail_state.lane.soc", "$KV.trail_state.lease.alerting.shard.0", "$KV.trail_state.layout.shards",
			"$JS.API.STREAM.PURGE.TRAIL_FINDINGS", "$JS.API.STREAM.PURGE.KV_trail_history", "$JS.API.STREAM.MSG.GET.KV_trail_alerts",
			"$JS.API.CONSUMER.CREATE.TRAIL_FINDINGS.x.trail.findings.0", "$JS.API.CONSUMER.CREATE.KV_trail_alerts.x.$KV.trail_alerts.>",
		},
		app.RoleAlerting: {
			"trail.events.0", "trail.dead.enrich", "$KV.trail_history.actor.0.x", "$KV.trail_state.lease.enrich.shard.0", "$KV.trail_state.file.x",
			"$JS.API.STREAM.PURGE.TRAIL_EVENTS", "$JS.API.STREAM.PURGE.KV_trail_history", "$JS.API.STREAM.DELETE.TRAIL_EVENTS", "$JS.API.STREAM.DELETE.KV_trail_alerts",
			"$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.UPDATE.OTHER", "$JS.API.CONSUMER.CREATE.KV_trail_history.x.$KV.trail_history.>",
		},
	} {
		nc := n.connect(t, role)
		for _, subject := range append(subjects, "$JS.API.STREAM.DELETE.TRAIL_NOTIFY", "$JS.API.STREAM.LIST", "$SYS.REQ.SERVER.PING", "anything") {
			before := len(n.refusals())
			if err := nc.Publish(subject, []byte("{}")); err != nil {
				t.Fatal(err)
			}
			if err := nc.Flush(); err != nil {
				t.Fatal(err)
			}
			if lines := n.refusals()[before:]; len(lines) != 1 || !strings.Contains(lines[0], subject) {
				t.Errorf("%s may publish to %s: %q", role, subject, lines)
			}
		}
		for _, subject := range []string{"trail.events.*", "trail.>", "_INBOX.>", "_INBOX_" + map[string]string{"consumer": "enrich", "enrich": "alerting", "alerting": "consumer"}[role] + ".>", ">"} {
			before := len(n.refusals())
			if _, err := nc.SubscribeSync(subject); err != nil {
				t.Fatal(err)
			}
			if err := nc.Flush(); err != nil {
				t.Fatal(err)
			}
			if len(n.refusals()) == before {
				t.Errorf("%s may listen to %s", role, subject)
			}
		}
	}
}
