package bus_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
	"go.uber.org/zap/zaptest/observer"

	"github.com/trailwarden/trailwarden/consumer/bus"
)

// serve starts a NATS server on a free port, or on the one given.
func serve(t testing.TB, opts *natsd.Options) *natsd.Server {
	t.Helper()
	opts.Host, opts.JetStream, opts.NoSigs, opts.NoLog = "127.0.0.1", true, true, true
	if opts.Port == 0 {
		opts.Port = natsd.RANDOM_PORT
	}
	ns, err := natsd.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() { stop(ns) })
	if len(opts.Routes) > 0 {
		return ns // ready only with the others
	}
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("server not ready")
	}
	return ns
}

func stop(ns *natsd.Server) {
	ns.Shutdown()
	ns.WaitForShutdown()
}

func connect(t testing.TB, replicas int, urls ...string) *bus.Bus {
	t.Helper()
	cfg := small()
	cfg.URLs, cfg.Replicas = urls, replicas
	b, err := bus.OpenFast(t.Context(), cfg, zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeBus(t, b) })
	return b
}

// A tail and a publisher outlive restarts of the server, and every message arrives once and in order.
func TestRestartsOfTheServerAreSurvived(t *testing.T) {
	dir := t.TempDir()
	ns := serve(t, &natsd.Options{StoreDir: dir})
	port := ns.Addr().(*net.TCPAddr).Port
	b := connect(t, 1, ns.ClientURL())
	lane := bus.FindingsSubject(2)
	const rounds, each = 4, 50
	published := make(chan error, 1)
	go func() {
		for i := range rounds * each {
			if err := b.Publish(t.Context(), messages(lane, i, 1)...); err != nil {
				published <- err
				return
			}
		}
		published <- nil
	}()
	seen := 0
	err := b.Tail(t.Context(), lane, bus.Position{}, func(d bus.Delivery) error {
		if want := fmt.Sprintf("%s-%d", lane, seen); string(d.Data) != want {
			return fmt.Errorf("%q after %d", d.Data, seen)
		}
		seen++
		if seen == rounds*each {
			return errEnough
		}
		if seen%each == 0 {
			stop(ns)
			ns = serve(t, &natsd.Options{StoreDir: dir, Port: port})
		}
		return nil
	})
	if err != errEnough { //nolint:errorlint // visit's error comes back as it was
		t.Fatal(err)
	}
	if err := <-published; err != nil {
		t.Fatal(err)
	}
}

func TestClusterLosesNothingWithANode(t *testing.T) {
	t.Parallel()
	nodes, urls := cluster(t, clusterOptions(t))
	b := connect(t, 3, urls...)
	lane := bus.EventsSubject(5)
	for i := range 20 {
		if i == 10 {
			stop(nodes[0])
		}
		if err := b.Publish(t.Context(), messages(lane, i*20, 20)...); err != nil {
			t.Fatal(err)
		}
		if _, err := b.KV(bus.History).Put(t.Context(), bus.Key("5", fmt.Sprint(i)), []byte("v"), 0); err != nil {
			t.Fatal(err)
		}
	}
	stored := map[string]bool{}
	for _, d := range take(t, b, lane, 0, 400) {
		stored[string(d.Data)] = true
	}
	keys := 0
	if err := b.KV(bus.History).Range(t.Context(), "5", func(bus.Entry) error { keys++; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(stored) != 400 || keys != 20 {
		t.Fatalf("%d messages, %d keys", len(stored), keys)
	}
	if err := b.Ready(); err != nil {
		t.Fatal(err)
	}
}

// A worker that starts before all nodes have met waits until they have.
func TestNodesThatAreToComeAreWaitedFor(t *testing.T) {
	t.Parallel()
	options := clusterOptions(t)
	options[0].Routes, options[1].Routes = options[0].Routes[:2], options[1].Routes[:2]
	_, urls := cluster(t, options[:2])
	cfg := small()
	cfg.URLs, cfg.Replicas = urls, 3
	core, said := observer.New(zap.WarnLevel)
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	opened := make(chan error, 1)
	go func() {
		b, err := bus.OpenFast(ctx, cfg, zap.New(core), prometheus.NewRegistry())
		if err == nil {
			err = b.Close(context.WithoutCancel(ctx))
		}
		opened <- err
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(fmt.Sprint(said.All()), "no suitable peers") {
		select {
		case err := <-opened:
			t.Fatalf("two nodes of three: %v", err)
		case <-tick.C:
		}
	}
	serve(t, options[2])
	if err := <-opened; err != nil {
		t.Fatalf("%v after %v", err, said.All())
	}
}

// cluster starts three servers joined by routes.
func cluster(t *testing.T, options []*natsd.Options) ([]*natsd.Server, []string) {
	t.Helper()
	var nodes []*natsd.Server
	var urls []string
	for _, opts := range options {
		nodes = append(nodes, serve(t, opts))
	}
	for _, ns := range nodes {
		if !ns.ReadyForConnections(20 * time.Second) {
			t.Fatal("cluster not ready")
		}
		urls = append(urls, ns.ClientURL())
	}
	return nodes, urls
}

// clusterOptions are those of three servers joined by routes.
func clusterOptions(t *testing.T) (all []*natsd.Options) {
	t.Helper()
	var ports []int
	var routes []*url.URL
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	for i, port := range ports {
		all = append(all, &natsd.Options{
			ServerName: fmt.Sprintf("n%d", i), StoreDir: t.TempDir(), Routes: routes,
			Cluster: natsd.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: port},
		})
	}
	return all
}

func TestRefusedCredentialsAreToldWithoutThem(t *testing.T) {
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir(), Username: "u", Password: "right"})
	cfg := small()
	cfg.URLs = []string{strings.Replace(ns.ClientURL(), "nats://", "nats://u:s3cret@", 1)}
	_, err := bus.OpenFast(t.Context(), cfg, zaptest.NewLogger(t), prometheus.NewRegistry())
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Fatal(err)
	}
}

// A reader on the server that has gone silent, here by losing the connection over which it was asked, is soon replaced.
func TestSilentReaderIsReplaced(t *testing.T) {
	t.Parallel()
	ns := serve(t, &natsd.Options{StoreDir: t.TempDir()})
	b, lane := connect(t, 1, ns.ClientURL()), bus.FindingsSubject(1)
	seen := make(chan string)
	go func() {
		_ = b.Tail(t.Context(), lane, bus.Position{}, func(d bus.Delivery) error { // ends with the test
			select {
			case seen <- string(d.Data):
			case <-t.Context().Done():
			}
			return nil
		})
	}()
	if err := b.Publish(t.Context(), messages(lane, 0, 1)...); err != nil {
		t.Fatal(err)
	}
	<-seen
	clients, err := ns.Connz(&natsd.ConnzOptions{})
	if err != nil || len(clients.Conns) != 1 {
		t.Fatal(clients, err)
	}
	if err := ns.DisconnectClientByID(clients.Conns[0].Cid); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := b.Publish(t.Context(), messages(lane, 1, 1)...); err != nil {
		t.Fatal(err)
	}
	<-seen
	if took := time.Since(began); took > 7*time.Second {
		t.Errorf("the next message came after %s", took)
	}
}

// Two of three nodes stop: nothing can be stored, and the bus says so until they are back.
func TestNotReadyWithoutAQuorum(t *testing.T) {
	t.Parallel()
	all := clusterOptions(t)
	nodes, urls := cluster(t, all)
	b := connect(t, 3, urls...)
	ctx, cancel := context.WithCancel(t.Context())
	owned := make(chan error, 1)
	go func() { // whose leases are the writes
		owned <- b.Own(ctx, "enrich", 4, func(ctx context.Context, _ int, _ bus.Fence) error { <-ctx.Done(); return nil })
	}()
	wait := func(what string, done func() bool) {
		t.Helper()
		limit, again := time.NewTimer(time.Minute), time.NewTicker(20*time.Millisecond)
		defer limit.Stop()
		defer again.Stop()
		for !done() {
			select {
			case <-limit.C:
				t.Fatalf("%s: in vain; %v", what, b.Ready())
			case <-again.C:
			}
		}
	}
	wait("ready", func() bool { return b.Ready() == nil })
	stop(nodes[1])
	stop(nodes[2])
	wait("not ready", func() bool { return b.Ready() != nil })
	for i := 1; i < 3; i++ {
		serve(t, all[i])
	}
	wait("ready again", func() bool { return b.Ready() == nil })
	cancel()
	if err := <-owned; err != nil {
		t.Error(err)
	}
}
