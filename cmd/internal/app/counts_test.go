package app_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/cmd/internal/gen"
	"github.com/trailwarden/trailwarden/config"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// fullKills, set to anything, makes TestKilledDaemonCountsEveryActorOnce 20 kills during 200,000 records.
const fullKills = "TRAILWARDEN_FULL_KILLS"

// trail is a trail's records in log files. Every other file comes through the queue, the others by a folder; a
// round of each is there before each kill.
type trail struct {
	cloud   *cloud
	records [][]byte
	files   [][]byte // packed
	rounds  int
}

func newTrail(t *testing.T, c *cloud, records, rounds int) *trail {
	t.Helper()
	cfg := gen.DefaultConfig()
	// As many buckets and calls as are kept of one actor: of what was forgotten the order decides.
	cfg.Records, cfg.Actors, cfg.Buckets, cfg.Exposed = records, max(records/20, 2000), 40, 0
	cfg.PerHour = records/60 + 1 // over two and a half days
	tr := &trail{cloud: c, rounds: rounds}
	g := gen.New(cfg)
	for range records {
		tr.records = append(tr.records, g.Append(nil))
	}
	const files = 10 // a round
	for i := range files * rounds {
		from, to := i*records/(files*rounds), (i+1)*records/(files*rounds)
		tr.files = append(tr.files, packed(t, logFile(tr.records[from:to])))
	}
	return tr
}

// play has a daemon take in the trail, killing it once a round if asked to, and gives what it then knows; see told.
func (tr *trail) play(t *testing.T, name string, random *rand.Rand, kill bool) map[string]history.Snapshot {
	t.Helper()
	faults := sqstest.Faults{Reorder: true, Seed: random.Uint64()}
	if kill {
		faults.Duplicate, faults.LostResponse = 0.1, 0.03
	}
	queue, url := tr.cloud.queue(name, faults)
	queue.SetVisibility(3 * time.Second)
	w := newWorld(t, url, "")
	tr.configure(t, w, url)
	sent := 0
	for round := range tr.rounds {
		before := sent
		sent += tr.send(t, w, queue, name, round)
		if !kill {
			continue
		}
		queue.Expire()
		p := w.spawn(t)
		if round%3 == 0 { // when it starts, or saves what it has learnt
			<-moment(random, 5*(round%2), p)
		} else { // in the middle of its work
			halfway(queue, before+random.IntN(sent-before))
		}
		if !p.kill() {
			showLog(t, w)
			t.Fatalf("the daemon ended by itself before kill %d: %s", round, p.cmd.ProcessState)
		}
		t.Logf("kill %d: of %d messages %d were done", round, sent, queue.Stats().Deleted)
	}
	queue.SetFaults(sqstest.Faults{})
	queue.Expire()
	d := w.start(t)
	eventually(t, "all is taken in", func() bool {
		l := d.ledger(t)
		return queue.Stats().Deleted == sent && l.Records.Matched+l.Records.Unmatched >= int64(len(tr.records)) && l.settled()
	})
	l := d.ledger(t)
	l.closes(t)
	if l.Records.Matched+l.Records.Unmatched != int64(len(tr.records)) {
		t.Errorf("%s: %d records were taken in once: %+v", name, len(tr.records), l.Records)
	}
	t.Logf("%s: %+v", name, l.Records)
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	return tr.told(t, w)
}

// halfway waits until so many messages are done, at most three seconds.
func halfway(queue *sqstest.Server, messages int) {
	enough := time.NewTimer(3 * time.Second)
	defer enough.Stop()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for queue.Stats().Deleted <= messages {
		select {
		case <-enough.C:
			return
		case <-again.C:
		}
	}
}

// configure gives history so little memory that it has to be kept in the store alone, and the daemon a folder.
func (tr *trail) configure(t *testing.T, w *world, url string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(w.dir, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.write(t, "trailwarden.yaml", fmt.Sprintf(`
data_dir: store
http: {listen: "127.0.0.1:0"}
nats: {shards: 4, max_bytes: 536870912}
consumer:
  queues: [{url: "%s", region: eu-west-1, log_buckets: [%s]}]
  files: [logs]
enrich:
  geoip: {city: city.mmdb, asn: asn.mmdb}
  history: {max_bytes: 1048576}
alerting:
  receivers: [{name: terminal, console: {}}]
  routes: [{receivers: [terminal]}]
`, url, logBucket))
}

// send makes a round of files known, and gives the number of messages.
func (tr *trail) send(t *testing.T, w *world, queue *sqstest.Server, name string, round int) (messages int) {
	t.Helper()
	n := len(tr.files) / tr.rounds
	for i, content := range tr.files[round*n : (round+1)*n] {
		file := fmt.Sprintf("%s-%02d-%d.json.gz", name, round, i)
		if i%2 == 0 {
			w.write(t, filepath.Join("logs", file), string(content))
			continue
		}
		key := "counts/" + tr.cloud.account + "/" + file
		tr.cloud.put(t, key, content)
		queue.Send(s3Notice(t, logBucket, key))
		messages++
	}
	return messages
}

// told reads the stored pages and asks them what is known at the first record with each actor, call and bucket. What
// depends on the order in which records came, and not on what they were, is left out.
func (tr *trail) told(t *testing.T, w *world) map[string]history.Snapshot {
	t.Helper()
	books := w.books(t)
	known := map[string]history.Snapshot{}
	var h cloudtrail.Header
	for _, raw := range tr.records {
		if _, err := h.Scan(raw); err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprintf("%s %s:%s %s", h.AppendActorKey(nil), h.EventSource, h.EventName, h.Bucket)
		if _, ok := known[key]; ok {
			continue
		}
		rec, err := cloudtrail.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		book := books[consumer.ShardOf(&h, len(books))]
		book.Look(&h, history.Origin{}, history.Position{Sequence: math.MaxUint64})
		s := book.Snapshot(rec)
		s.Nature, s.Travel, s.Burst = "", nil, nil
		for i, m := range s.Recent {
			s.Recent[i] = history.Moment{Time: m.Time}
		}
		known[key] = s
	}
	return known
}

// books reads what a daemon that has ended stored of every shard's actors.
func (w *world) books(t *testing.T) []*history.Book {
	t.Helper()
	cfg, err := config.Load(w.file, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.Open(t.Context(), cfg.NATS, cfg.DataDir, zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close(t.Context()) }()
	books := make([]*history.Book, b.Shards())
	for i := range books {
		books[i] = history.NewBook(history.DefaultConfig(), nil, 1)
	}
	err = b.KV(bus.History).Range(t.Context(), "actor", func(e bus.Entry) error {
		parts := strings.Split(e.Key, ".") // actor, shard, id
		shard, err := strconv.Atoi(parts[1])
		if err != nil {
			return err
		}
		id, err := hex.DecodeString(parts[2])
		if err != nil {
			return err
		}
		return books[shard].Restore(history.Page{ID: history.ID(id), Revision: e.Revision, Value: e.Value})
	})
	if err != nil {
		t.Fatal(err)
	}
	return books
}

// TestKilledDaemonCountsEveryActorOnce kills the daemon while it learns, as power cuts would, with a queue that
// repeats and loses and a history that does not fit into memory. What is stored of every actor in the end is what
// a daemon stores that nothing happened to.
func TestKilledDaemonCountsEveryActorOnce(t *testing.T) {
	kills, records := 4, 8_000
	switch {
	case os.Getenv(fullKills) != "":
		kills, records = 20, 200_000
	case testing.Short():
		kills, records = 2, 4_000
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	tr := newTrail(t, newCloud(t), records, kills)
	clean, killed := tr.play(t, "clean", random, false), tr.play(t, "killed", random, true)
	actors, wrong := map[string]uint64{}, 0
	for key, want := range clean {
		actor, _, _ := strings.Cut(key, " ")
		actors[actor] = want.Events
		if got := killed[key]; !reflect.DeepEqual(got, want) {
			if wrong++; wrong <= 3 {
				t.Errorf("%s (- clean, + killed):\n%s", key, cmp.Diff(want, got))
			}
		}
	}
	total := uint64(0)
	for _, n := range actors {
		total += n
	}
	t.Logf("%d actors; %d of %d looks find another history", len(actors), wrong, len(clean))
	if total != uint64(records) {
		t.Errorf("the clean run counts %d events of %d actors, %d records were sent", total, len(actors), records)
	}
}
