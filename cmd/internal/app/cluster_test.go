package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// clusterVariable names the folder in which .ci/cluster made the hosts' disks.
const clusterVariable = "TRAILWARDEN_CLUSTER"

const clusterToken = "token-of-the-cluster"

// cluster is three NATS nodes and three workers of each role, with what they work on and whom they tell.
type cluster struct {
	*world
	t       *testing.T
	random  *rand.Rand
	c       *cloud
	queue   *sqstest.Server
	begin   time.Time
	nodes   []*host
	workers []*host
	keys    []string // public ones, as the nodes have them in their environment
	pour    func()   // gives what load is due
}

// newCluster lays out the hosts; nothing runs yet.
func newCluster(t *testing.T, binary string, random *rand.Rand) *cluster {
	t.Helper()
	dir := os.Getenv(clusterVariable)
	if dir == "" {
		t.Skip("needs hosts: run .ci/cluster")
	}
	c := shared.part(t)
	queue, queueURL := c.queue("trail", sqstest.Faults{Duplicate: 0.02, Reorder: true, LostResponse: 0.01, Seed: random.Uint64()})
	queue.SetVisibility(10 * time.Second)
	w := newWorld(t, queueURL, onlyDeeds)
	w.dir = dir
	w.slack.Interval = time.Second
	cl := &cluster{world: w, t: t, random: random, c: c, queue: queue, pour: func() {}}
	awsSettings(func(name, value string) { t.Setenv(name, value) }, relay(t, c.queues.URL), relay(t, c.objects.URL))
	cl.configure(t)
	for i := range 3 {
		cl.nodes = append(cl.nodes, cl.node(t, fmt.Sprint("nats-", i+1)))
	}
	for _, role := range clusterRoles() {
		for i := range 3 {
			cl.workers = append(cl.workers, &host{
				name: fmt.Sprint(role, "-", i+1), role: role, dir: dir,
				command: []string{"env", "TRAILWARDEN_NATS_NKEY_FILE=" + filepath.Join(dir, role+".nk"), binary, "--log.format", "json", "run", "--config", w.file, "--roles", role},
			})
		}
	}
	return cl
}

// relay lets the hosts reach a server that listens on this machine alone.
func relay(t *testing.T, target string) string {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "10.77.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	server := to.Host
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go join(in, server)
		}
	}()
	to.Host = l.Addr().String()
	return to.String()
}

// join copies both ways until one side ends.
func join(in net.Conn, target string) {
	defer in.Close()
	out, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer out.Close()
	ended := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			ended <- struct{}{}
		}()
	}
	<-ended
}

// configure turns the settings of one daemon into those of all workers.
func (cl *cluster) configure(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(cl.file)
	if err != nil {
		t.Fatal(err)
	}
	cl.certificates(t)
	cl.write(t, "http-token", clusterToken)
	text := string(data)
	for old, now := range map[string]string{
		"data_dir: store\n":                       "",
		`listen: "127.0.0.1:0"`:                   `listen: "0.0.0.0:9464", token_file: http-token`,
		"nats: {shards: 4, max_bytes: 268435456}": "nats:\n  urls: [tls://nats-1:4222, tls://nats-2:4222, tls://nats-3:4222]\n  tls: {ca_file: ca.pem}\n  replicas: 3\n  shards: 16\n  max_bytes: 67108864",
		cl.slack.URL():                            relay(t, cl.slack.URL()),
		cl.pagerDuty.URL():                        relay(t, cl.pagerDuty.URL()),
		"city.mmdb":                               filepath.Join(filepath.Dir(cl.file), "city.mmdb"),
		"asn.mmdb":                                filepath.Join(filepath.Dir(cl.file), "asn.mmdb"),
	} {
		if !strings.Contains(text, old) {
			t.Fatalf("the settings do not hold %q", old)
		}
		text = strings.Replace(text, old, now, 1)
	}
	cl.write(t, "slack-token", cl.slack.Token)
	cl.write(t, "routing-key", cl.pagerDuty.RoutingKey)
	cl.file = filepath.Join(cl.dir, "trailwarden.yaml")
	cl.write(t, "trailwarden.yaml", text)
}

// certificates writes an authority, a certificate of it for the nodes, and an nkey for each role.
func (cl *cluster) certificates(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nats"}, DNSNames: []string{"nats-1", "nats-2", "nats-3"},
		NotBefore: time.Now().Add(-100 * time.Hour), NotAfter: time.Now().Add(100 * time.Hour), // clocks will jump
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(cryptorand.Reader, made, made, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cl.write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	cl.write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	for _, role := range append(clusterRoles(), operatorRole) {
		user, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		seed, err := user.Seed()
		if err != nil {
			t.Fatal(err)
		}
		public, err := user.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		cl.write(t, role+".nk", string(seed))
		cl.keys = append(cl.keys, "NATS_"+strings.ToUpper(role)+"_NKEY="+public)
	}
}

func clusterRoles() []string { return []string{app.RoleConsumer, app.RoleEnrich, app.RoleAlerting} }

// node is a NATS server with the settings and the rights that deploy gives, and TLS.
func (cl *cluster) node(t *testing.T, name string) *host {
	t.Helper()
	roles, err := os.ReadFile(rolesFile)
	if err != nil {
		t.Fatal(err)
	}
	deployed, err := os.ReadFile("../../../deploy/container/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	conf := strings.NewReplacer("/data", filepath.Join(cl.dir, name), "../nats/roles.conf", "roles.conf").Replace(string(deployed)) +
		fmt.Sprintf("\ntls {\n  cert_file: %[1]s/ca.pem\n  key_file: %[1]s/key.pem\n}\n", cl.dir)
	cl.write(t, "roles.conf", strings.Replace(string(roles), "users: [", "users: [\n    {nkey: $NATS_OPERATOR_NKEY}", 1))
	cl.write(t, name+".conf", conf)
	return &host{name: name, dir: cl.dir, command: slices.Concat([]string{"env", "NATS_NAME=" + name}, cl.keys,
		[]string{filepath.Join(cl.dir, "nats-server"), "-c", filepath.Join(cl.dir, name+".conf")})}
}

// wait gives load until something is true, and tells whether it became so within the limit.
func (cl *cluster) wait(limit time.Duration, done func() bool) bool {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(limit); ; <-again.C {
		cl.pour()
		if done() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

func (cl *cluster) rest(d time.Duration) { cl.wait(d, func() bool { return false }) }

func (cl *cluster) say(format string, args ...any) {
	cl.t.Logf("%5.1fs  %s", time.Since(cl.begin).Seconds(), fmt.Sprintf(format, args...))
}

// whole waits until the nodes hold everything of which they are to hold a copy. A node that gave up its store when its
// disk was full does not begin again by itself: it is started again, as its runbook says.
func (cl *cluster) whole() {
	healthy := func(n *host) bool {
		status, _ := n.get("/healthz", 2*time.Second)
		return status == 200
	}
	for _, n := range cl.nodes {
		if cl.wait(20*time.Second, func() bool { return healthy(n) }) {
			continue
		}
		_, body := n.get("/healthz", 2*time.Second)
		cl.say("%s is started again: %s", n.name, strings.TrimSpace(body))
		n.end(syscall.SIGTERM)
		n.start(cl.t)
		if !cl.wait(60*time.Second, func() bool { return healthy(n) }) {
			_, body := n.get("/healthz", 2*time.Second)
			cl.t.Fatalf("%s is not well: %s\n%s", n.name, body, tail(filepath.Join(cl.dir, n.name+".log")))
		}
	}
}

// shards is how many shards of each group the workers work on together.
func (cl *cluster) shards(role string, but *host) map[string]int {
	sum := map[string]int{}
	for _, w := range cl.workers {
		if w.role != role || w == but {
			continue
		}
		for group, n := range w.owned() {
			sum[group] += n
		}
	}
	return sum
}

// start runs everything and waits until all shards have an owner.
func (cl *cluster) start() {
	cl.begin = time.Now()
	for _, h := range append(cl.nodes, cl.workers...) {
		h.start(cl.t)
	}
	for _, role := range []string{"enrich", "alerting"} {
		if !cl.wait(time.Minute, func() bool { return cl.settled(role) }) {
			cl.t.Fatalf("the shards of %s have no owners: %v\n%s\n%s", role, cl.shards(role, nil),
				tail(filepath.Join(cl.dir, role+"-1.log")), tail(filepath.Join(cl.dir, "nats-1.log")))
		}
	}
	cl.say("three nodes, nine workers, all shards owned")
}

// settled tells whether every shard of a role's groups has its owner, and each worker its share. Consumers have no shards.
func (cl *cluster) settled(role string) bool {
	if len(groups(role)) == 0 {
		return true
	}
	sum := map[string]int{}
	for _, w := range cl.workers {
		if w.role != role {
			continue
		}
		owned := w.owned()
		for group, n := range owned {
			sum[group] += n
		}
		if shared := owned[sharedGroup(role)]; shared < clusterShards/3 || shared > clusterShards/3+1 {
			return false
		}
	}
	for group, n := range groups(role) {
		if sum[group] != n {
			return false
		}
	}
	return true
}

const clusterShards = 16

// groups are the groups of a role, and how many shards they have.
func groups(role string) map[string]int {
	switch role {
	case "enrich":
		return map[string]int{`{group="enrich"}`: clusterShards}
	case "alerting":
		return map[string]int{
			`{group="alerting"}`: clusterShards, `{group="silence-report"}`: 1, `{group="notify-soc"}`: 1, `{group="notify-oncall"}`: 1,
		}
	default:
		return nil
	}
}

func sharedGroup(role string) string { return fmt.Sprintf("{group=%q}", role) }
