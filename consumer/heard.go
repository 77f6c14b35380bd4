package consumer

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// HeardPrefix begins the keys of the state bucket under which every consuming process says whom it has heard of.
const HeardPrefix = "heard"

const (
	// HeardEvery is how often a consuming process says so.
	HeardEvery = 30 * time.Second
	// listenEvery is how often it says whether it listens: this is also the write by which an idle process sees that
	// writes are acknowledged.
	listenEvery = 4 * time.Second
	// heardKept is how long the last word of a process that is gone stays.
	heardKept = 24 * time.Hour
	// heardParts is over how many values the sources are spread, so that each stays small.
	heardParts = 16
	// maxSources bounds the sources remembered; later ones are not watched.
	maxSources = 50_000
	// lateAfter is from what age on a message that was never received before is a sign of a backlog, and how long
	// after the last such message the backlog counts as worked off.
	lateAfter = 5 * time.Minute
)

// Source is an account's events of one region, and how late the latest of them is.
type Source struct {
	Account string `json:"a"`
	Region  string `json:"r"`
	Newest  int64  `json:"t"` // event time, Unix milliseconds, never after it was received
}

// Heard is the word of one consuming process: either whether it listens, or some of its sources.
type Heard struct {
	// Listening says that what is sent to the queues arrives: they answer, what they give can be stored, and no
	// backlog is left in them. Meaningful without Sources only.
	Listening bool     `json:"listening,omitempty"`
	Sources   []Source `json:"sources,omitempty"`
}

// ReadHeard visits what every process last said, by the name of the process. The revision changes whenever a process
// says something anew, be it the same.
func ReadHeard(ctx context.Context, marks Marks, visit func(process string, h Heard, e bus.Entry) error) error {
	return marks.Range(ctx, HeardPrefix, func(e bus.Entry) error {
		text, err := s2.Decode(nil, e.Value)
		var h Heard
		if err == nil {
			err = json.Unmarshal(text, &h)
		}
		if err != nil {
			return fmt.Errorf("value of %s: %w", e.Key, err)
		}
		process, _, _ := strings.Cut(strings.TrimPrefix(e.Key, HeardPrefix+"."), ".")
		return visit(process, h, e)
	})
}

// hearing notes which accounts and regions speak. A log object holds the events of one account and region, so its
// first event is enough.
type hearing struct {
	process string
	marks   Marks
	log     *zap.Logger

	mu      sync.Mutex
	sources [heardParts]map[source]int64
	changed [heardParts]bool
	count   int
	late    time.Time // when a sign of a backlog was last seen
}

type source struct{ account, region string }

func newHearing(process string, marks Marks, log *zap.Logger) *hearing {
	return &hearing{process: process, marks: marks, log: log}
}

// hear notes an event that was received just now.
func (h *hearing) hear(header *cloudtrail.Header, now time.Time) {
	ms, ok := header.Time()
	account, region := header.Account(), header.Region
	if !ok || len(account) != 12 || !isRegion(region) {
		return
	}
	ms = min(ms, now.UnixMilli())
	part := ShardOfKey(string(account), heardParts)
	h.mu.Lock()
	defer h.mu.Unlock()
	key := source{string(account), string(region)}
	last, known := h.sources[part][key]
	switch {
	case known && ms <= last:
		return
	case !known && h.count >= maxSources:
		return
	case !known:
		h.count++
	}
	if h.sources[part] == nil {
		h.sources[part] = map[source]int64{}
	}
	h.sources[part][key], h.changed[part] = ms, true
}

// isRegion reports whether a text looks like the name of a region: what is forged must not be stored at any length.
func isRegion(text []byte) bool {
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(text) > 0 && len(text) <= 32
}

// waited notes how long a message had been in its queue. One that comes again has failed before, which is no sign
// of a backlog.
func (h *hearing) waited(sent, received time.Time, receives int) {
	if sent.IsZero() || receives > 1 || received.Sub(sent) < lateAfter {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.late = received
}

// run says every half minute what was heard, and all the time whether it listens, until ctx ends. ready is whether the
// queues work.
func (h *hearing) run(ctx context.Context, ready func() error) {
	ticker := time.NewTicker(listenEvery)
	defer ticker.Stop()
	var last time.Time
	for {
		now := time.Now()
		sources := now.Sub(last) >= HeardEvery
		if sources {
			last = now
		}
		if err := h.say(ctx, sources, ready() == nil, now); err != nil && ctx.Err() == nil {
			h.log.Warn("sources heard not stored; tried again", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// say stores which sources have changed, if those are due, and then that this process listens, or does not.
func (h *hearing) say(ctx context.Context, sources, ready bool, now time.Time) error {
	h.mu.Lock()
	var writes []bus.KVWrite
	var parts []int
	for part, changed := range h.changed {
		if !changed || !sources {
			continue
		}
		said := Heard{Sources: make([]Source, 0, len(h.sources[part]))}
		for key, newest := range h.sources[part] {
			said.Sources = append(said.Sources, Source{key.account, key.region, newest})
		}
		writes = append(writes, h.write(strconv.Itoa(part), said))
		parts = append(parts, part)
		h.changed[part] = false
	}
	listening := ready && (h.late.IsZero() || now.Sub(h.late) >= lateAfter)
	h.mu.Unlock()
	if len(writes) > 0 {
		if _, err := h.marks.PutAll(ctx, writes); err != nil {
			h.mu.Lock()
			for _, part := range parts {
				h.changed[part] = true
			}
			h.mu.Unlock()
			return err
		}
	}
	_, err := h.marks.PutAll(ctx, []bus.KVWrite{h.write("listening", Heard{Listening: listening})})
	return err
}

func (h *hearing) write(name string, said Heard) bus.KVWrite {
	text, _ := json.Marshal(said) // plain texts and numbers: it cannot fail
	return bus.KVWrite{Key: bus.Key(HeardPrefix, h.process, name), Value: s2.Encode(nil, text), Expect: bus.AnyRevision, TTL: heardKept}
}
