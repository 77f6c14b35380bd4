package app_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
)

// operatorRole has all rights, and is nobody's but the test's.
const operatorRole = "operator"

// operator is a connection to the cluster with all rights.
func (cl *cluster) operator() *nats.Conn {
	cl.t.Helper()
	seed, err := nats.NkeyOptionFromSeed(filepath.Join(cl.dir, operatorRole+".nk"))
	if err != nil {
		cl.t.Fatal(err)
	}
	nc, err := nats.Connect("tls://nats-1:4222", seed, nats.RootCAs(filepath.Join(cl.dir, "ca.pem")))
	if err != nil {
		cl.t.Fatal(err)
	}
	return nc
}

// ask makes one request of the JetStream API.
func (cl *cluster) ask(nc *nats.Conn, verb string, body, into any) {
	cl.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			cl.t.Fatal(err)
		}
	}
	reply, err := nc.Request("$JS.API."+verb, text, 20*time.Second)
	if err != nil {
		cl.t.Fatalf("%s: %v", verb, err)
	}
	var failed struct {
		Error *struct {
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(reply.Data, &failed); err != nil || failed.Error != nil {
		cl.t.Fatalf("%s: %s", verb, reply.Data)
	}
	if err := json.Unmarshal(reply.Data, into); err != nil {
		cl.t.Fatal(err)
	}
}

// backup is a stream as `nats stream backup` keeps it.
type backup struct {
	config, state json.RawMessage
	chunks        [][]byte
}

func (cl *cluster) backup(nc *nats.Conn, stream string) (b backup) {
	cl.t.Helper()
	sub, err := nc.SubscribeSync(nc.NewInbox())
	if err != nil {
		cl.t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only on a closed connection
	var begun struct {
		Config json.RawMessage `json:"config"`
		State  json.RawMessage `json:"state"`
	}
	cl.ask(nc, "STREAM.SNAPSHOT."+stream, map[string]any{"deliver_subject": sub.Subject, "no_consumers": true, "chunk_size": 64 << 10}, &begun)
	b.config, b.state = begun.Config, begun.State
	for {
		msg, err := sub.NextMsg(20 * time.Second)
		if err != nil {
			cl.t.Fatalf("backup of %s: %v", stream, err)
		}
		if len(msg.Data) == 0 {
			return b
		}
		b.chunks = append(b.chunks, msg.Data)
		if msg.Reply != "" {
			_ = nc.Publish(msg.Reply, nil)
		}
	}
}

func (cl *cluster) restore(nc *nats.Conn, stream string, b backup) {
	cl.t.Helper()
	var begun struct {
		Deliver string `json:"deliver_subject"`
	}
	cl.ask(nc, "STREAM.RESTORE."+stream, map[string]any{"config": b.config, "state": b.state}, &begun)
	for _, chunk := range append(b.chunks, nil) {
		if _, err := nc.Request(begun.Deliver, chunk, 20*time.Second); err != nil {
			cl.t.Fatalf("restore of %s: %v", stream, err)
		}
	}
}

// pause holds the load back, as if no time went by, until it is called again: what is opened and closed before it could be
// told pages nobody.
func (cl *cluster) pause() (goOn func()) {
	pour, since := cl.pour, time.Now()
	cl.pour = func() {}
	return func() { cl.pour, cl.begin = pour, cl.begin.Add(time.Since(since)) }
}

// restoreStreams deletes streams of work under the workers and restores each from a backup that is older than what they have
// read. Nothing waits in them at that moment, so that nothing may be lost; the ledger tells that lanes were read anew.
func (cl *cluster) restoreStreams() {
	nc := cl.operator()
	defer nc.Close()
	d := &daemon{url: "http://alerting-1:9464", token: clusterToken}
	for _, stream := range []string{"TRAIL_EVENTS", "TRAIL_FINDINGS"} {
		old := cl.backup(nc, stream)
		cl.rest(8 * time.Second)
		goOn := cl.pause()
		if !cl.wait(time.Minute, func() bool {
			return d.ledger(cl.t).settled() && cl.queue.Stats().Visible+cl.queue.Stats().InFlight == 0
		}) {
			cl.t.Fatalf("the load does not drain: %+v, %+v", d.ledger(cl.t), cl.queue.Stats())
		}
		cl.rest(3 * time.Second) // positions are stored
		before := d.ledger(cl.t).Restarted
		cl.ask(nc, "STREAM.DELETE."+stream, nil, new(struct{}))
		cl.rest(time.Second)
		cl.restore(nc, stream, old)
		goOn()
		if !cl.wait(time.Minute, func() bool { return d.ledger(cl.t).Restarted > before }) {
			cl.t.Errorf("%s was restored from a backup, and the ledger does not tell that it is read anew", stream)
		}
		cl.say("%s deleted and restored from a backup 8 s older; lanes read anew: %d", stream, d.ledger(cl.t).Restarted-before)
	}
}

// loseQuorum stops two of three nodes. Every worker says that it is not ready, and why, until they are back; none stops serving.
func (cl *cluster) loseQuorum() {
	defer cl.pause()()
	if !cl.wait(time.Minute, func() bool { return !slices.ContainsFunc(cl.workers, func(w *host) bool { return !w.ready() }) }) {
		cl.t.Error("workers are not ready before the quorum is lost")
	}
	for _, n := range cl.nodes[1:] {
		n.end(syscall.SIGKILL)
	}
	begin := time.Now()
	if !cl.wait(40*time.Second, func() bool {
		for _, w := range cl.workers {
			if w.ready() {
				return false
			}
		}
		return true
	}) {
		cl.t.Error("workers are ready without a quorum")
	}
	took := time.Since(begin)
	for _, w := range cl.workers {
		if status, body := w.get("/-/serving", 5*time.Second); status != http.StatusOK {
			cl.t.Errorf("%s does not serve without a quorum: %d %s", w.name, status, body)
		}
		if _, body := w.get("/-/ready", 5*time.Second); !strings.Contains(body, "nats: not ready: ") {
			cl.t.Errorf("%s does not say why it is not ready: %s", w.name, body)
		}
	}
	for _, n := range cl.nodes[1:] {
		n.start(cl.t)
	}
	cl.whole()
	if !cl.wait(time.Minute, func() bool {
		for _, w := range cl.workers {
			if !w.ready() {
				return false
			}
		}
		return true
	}) {
		cl.t.Error("workers are not ready with the quorum back")
	}
	cl.say("two of three nodes gone: every worker not ready after %s, all ready again after %s", took.Round(100*time.Millisecond), time.Since(begin).Round(time.Second))
}
