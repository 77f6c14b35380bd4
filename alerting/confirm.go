package alerting

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/enrich/live"
)

// Looker asks S3 itself about a bucket; live.Looker is one.
type Looker interface {
	// Look tells what S3 says of the bucket now. After an error the rest may be learnt by asking again.
	Look(ctx context.Context, bucket, region, account string) (live.Finding, error)
}

const (
	// maxLooks bounds the looks a shard keeps waiting.
	maxLooks = 256
	// maxTries is how often S3 is asked in vain; the pauses between are lookAgain, doubled each time.
	maxTries  = 4
	lookAgain = 15 * time.Second
	lookedBy  = "live look"
)

// The results of a look, as they are counted.
const (
	lookPublic    = "public"
	lookNotPublic = "not_public"
	lookUnknown   = "unknown"
	lookRetried   = "retried"
	lookLost      = "lost"    // its outcome could not be queued
	lookDropped   = "dropped" // too many waited
)

func lookResults() []string {
	return []string{lookPublic, lookNotPublic, lookUnknown, lookRetried, lookLost, lookDropped}
}

// looks are the buckets of a shard that S3 will be asked about, each some seconds after its exposure was stored. What
// comes of a look goes through the lane of the shard as a command does; an alert neither waits for it nor depends on it.
// Nothing of this is stored: whoever takes the shard over looks again at what is not confirmed.
type looks struct {
	shard *shard
	woken chan struct{}

	mu      sync.Mutex
	waiting []look
}

// look is one bucket to be looked at.
type look struct {
	alertID, bucket string
	due             time.Time
	tries           int // so far, in vain
}

func newLooks(s *shard) *looks { return &looks{shard: s, woken: make(chan struct{}, 1)} }

// add plans looks at what of the incidents is not confirmed.
func (l *looks) add(incidents ...*incident.Incident) {
	if l.shard.deps.Looker == nil {
		return
	}
	due := l.shard.deps.Now().Add(l.shard.deps.LookDelay)
	for _, i := range incidents {
		for _, bucket := range i.Unconfirmed() {
			l.plan(look{alertID: i.Alert.ID, bucket: bucket, due: due})
		}
	}
}

// plan puts a look in its place; one at the same bucket for the same alert gives way to it.
func (l *looks) plan(next look) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.DeleteFunc(l.waiting, func(x look) bool { return x.alertID == next.alertID && x.bucket == next.bucket })
	if len(l.waiting) >= maxLooks {
		l.count(lookDropped)
		return
	}
	at, _ := slices.BinarySearchFunc(l.waiting, next.due, func(x look, t time.Time) int {
		if x.due.After(t) {
			return 1
		}
		return -1
	})
	l.waiting = slices.Insert(l.waiting, at, next)
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// run looks at one bucket after the other until ctx ends.
func (l *looks) run(ctx context.Context) {
	if l.shard.deps.Looker == nil {
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		next, wait := l.next(l.shard.deps.Now())
		if wait == 0 {
			l.look(ctx, next)
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-l.woken:
		case <-timer.C:
		}
	}
}

// next takes out the first look if it is due, else gives how long to wait.
func (l *looks) next(now time.Time) (next look, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		return look{}, time.Hour
	}
	if wait = l.waiting[0].due.Sub(now); wait > 0 {
		return look{}, wait
	}
	next, l.waiting = l.waiting[0], l.waiting[1:]
	return next, 0
}

// look asks S3 and passes on what it says, unless the exposure has ended meanwhile or is confirmed. What was learnt in the
// last try is passed on as it is.
func (l *looks) look(ctx context.Context, next look) {
	region, account, wanted := l.wanted(next)
	if !wanted {
		return
	}
	deps := &l.shard.deps
	found, err := deps.Looker.Look(ctx, next.bucket, region, account)
	if ctx.Err() != nil {
		return
	}
	if next.tries++; err == nil || next.tries == maxTries {
		told := l.tell(ctx, next, &found)
		if told == nil {
			l.count(lookResult(&found))
			return
		}
		err = told
	}
	if ctx.Err() == nil {
		l.again(next, err)
	}
}

// again plans a look that has failed once more, unless it has failed often enough.
func (l *looks) again(next look, cause error) {
	log := l.shard.deps.Logger.With(zap.String("stage", "alerting"), zap.String("alert_id", next.alertID), zap.Int("attempt", next.tries), zap.Error(cause))
	if next.tries >= maxTries {
		l.count(lookLost)
		log.Warn("bucket not looked at")
		return
	}
	l.count(lookRetried)
	wait := lookAgain << (next.tries - 1)
	log.Warn("bucket not looked at", zap.Duration("retry_in", wait))
	next.due = l.shard.deps.Now().Add(wait)
	l.plan(next)
}

func lookResult(found *live.Finding) string {
	switch found.Public() {
	case live.Yes:
		return lookPublic
	case live.No:
		return lookNotPublic
	default:
		return lookUnknown
	}
}

// wanted reports whether the alert still wants its bucket looked at, and where the bucket is.
func (l *looks) wanted(next look) (region, account string, ok bool) {
	l.shard.mu.Lock()
	defer l.shard.mu.Unlock()
	i := l.shard.engine.book.Get(next.alertID)
	if i == nil || !slices.Contains(i.Unconfirmed(), next.bucket) {
		return "", "", false
	}
	return i.Alert.Region, i.Alert.AccountID, true
}

// tell puts what S3 said into the shard's lane.
func (l *looks) tell(ctx context.Context, next look, found *live.Finding) error {
	return command(ctx, l.shard.deps.Log, l.shard.journal.shard, incident.Command{
		AlertID: next.alertID, Action: incident.Confirm, By: lookedBy, At: l.shard.deps.Now().UTC(),
		Look: &incident.Look{Bucket: next.bucket, Public: found.Public() == live.Yes, Says: found.Sentence(), Tags: found.Tags},
	})
}

func (l *looks) count(result string) { l.shard.metrics.lookups.WithLabelValues(result).Inc() }
