package alerting

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/pulse"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

const (
	watchGroup = "dead-man"
	watchParts = 16 // values the accounts are spread over
	// watchEvery is how often it is looked who was heard of.
	watchEvery = consumer.HeardEvery
	// watchSave is how often the rhythms are stored while nobody falls silent.
	watchSave = time.Minute
	// heardFor is how long a process's word holds; one that is gone says nothing any more.
	heardFor = 3 * consumer.HeardEvery
	watchBy  = "dead-man's switch"
)

// watcher is the dead-man's switch: of all processes one has it. It reads what the consuming processes have heard and puts
// what follows into the lane of the account's shard, as commands, which may be repeated.
//
// Before they are queued they are stored, with the clocks, on condition that nobody else has the switch by now. The
// rhythms follow. Whoever takes the switch over queues what it finds stored once more.
type watcher struct {
	*Alerting
	book     *pulse.Book
	revision uint64
	said     map[string]uint64    // revisions of what was read, by key
	fresh    map[string]time.Time // when a process last said whether it listens
	listens  map[string]bool
	changed  [watchParts]bool
	last     time.Time
	saved    time.Time
}

// watchState is what is stored beside the accounts.
type watchState struct {
	Clock    time.Duration      `json:"clock"`
	Feed     pulse.Beat         `json:"feed"`
	Commands []incident.Command `json:"commands,omitempty"` // that may not have been queued
}

func watchKey() string { return bus.Key("pulse") }

func watchPartKey(part int) string { return bus.Key("pulse", strconv.Itoa(part)) }

// watch has the switch until ctx ends.
func (a *Alerting) watch(ctx context.Context, _ int, _ bus.Fence) error {
	defer a.metrics.unwatched()
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var w *watcher
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		cfg := a.policy.Load().DeadMan
		if cfg.Multiple == 0 {
			w = nil
			a.metrics.unwatched()
			continue
		}
		if w == nil {
			w = &watcher{Alerting: a, said: map[string]uint64{}, fresh: map[string]time.Time{}, listens: map[string]bool{}}
			if err := w.load(ctx); err != nil {
				return err
			}
		}
		if err := w.tick(ctx, a.deps.Now(), cfg); err != nil {
			return err
		}
	}
}

// load takes the switch over.
func (w *watcher) load(ctx context.Context) error {
	w.book = pulse.NewBook()
	var state watchState
	err := w.deps.State.Range(ctx, watchKey(), func(e bus.Entry) error {
		if e.Key == watchKey() {
			w.revision = e.Revision
			return unpack(e.Value, &state)
		}
		var accounts map[string]*pulse.Account
		if err := unpack(e.Value, &accounts); err != nil {
			return fmt.Errorf("value of %s: %w", e.Key, err)
		}
		for id, account := range accounts {
			w.book.Restore(id, account)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read rhythms: %w", err)
	}
	w.book.Clock, w.book.Feed = state.Clock, state.Feed
	for i := range state.Commands {
		if s := state.Commands[i].Silence; state.Commands[i].Action == incident.Fall {
			w.book.Tell(s.Account, s.Region, s.Since.UnixMilli())
			w.touch(s.Account)
		}
	}
	return w.store(ctx, state.Commands) // shuts out an owner that has not noticed its loss
}

// tick looks who was heard of, lets the time go by if anybody could have been, and tells of silences.
func (w *watcher) tick(ctx context.Context, now time.Time, cfg pulse.Config) error {
	var heard []consumer.Source
	err := consumer.ReadHeard(ctx, w.deps.State, func(process string, h consumer.Heard, e bus.Entry) error {
		first := w.said[e.Key] == 0
		if w.said[e.Key] == e.Revision {
			return nil
		}
		w.said[e.Key] = e.Revision
		if heard = append(heard, h.Sources...); len(h.Sources) == 0 && !first { // what was said before this process listened may be old
			w.fresh[process], w.listens[process] = now, h.Listening
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read sources heard: %w", err)
	}
	listening := w.listening(now)
	if listening && !w.last.IsZero() {
		w.book.Pass(min(now.Sub(w.last), 2*watchEvery), cfg)
	}
	w.last = now
	for _, s := range heard {
		if w.book.Hear(s.Account, s.Region, s.Newest) {
			w.touch(s.Account)
		}
	}
	var commands []incident.Command
	for _, c := range w.book.Judge(cfg) {
		w.touch(c.Account)
		commands = append(commands, w.command(&c, now))
	}
	for _, id := range w.book.Forget() {
		w.touch(id)
	}
	w.metrics.watched(w.book, listening)
	if len(commands) == 0 && (!listening || now.Sub(w.saved) < watchSave) {
		return nil
	}
	w.saved = now
	return w.store(ctx, commands)
}

// listening reports whether whatever is sent arrives: some process says so, and none says otherwise.
func (w *watcher) listening(now time.Time) bool {
	some := false
	for process, at := range w.fresh {
		switch {
		case now.Sub(at) > heardFor:
			delete(w.fresh, process)
			delete(w.listens, process)
		case !w.listens[process]:
			return false
		default:
			some = true
		}
	}
	return some
}

// touch notes that an account has to be stored anew. Every account moves its clocks all the time: these are worth
// storing with what else is.
func (w *watcher) touch(account string) {
	if account != "" {
		w.changed[consumer.ShardOfKey(account, watchParts)] = true
	}
}

func (w *watcher) command(c *pulse.Change, now time.Time) incident.Command {
	s := &incident.Silence{
		Account: c.Account, AccountName: w.policy.Load().AccountNames[c.Account], Region: c.Region, Since: c.Since, For: c.For, Usual: c.Usual,
	}
	cmd := incident.Command{AlertID: s.ID(), By: watchBy, At: now.UTC(), Silence: s}
	log := w.deps.Logger.With(zap.String("stage", "alerting"), zap.String("account_id", s.AccountID()), zap.String("region", c.Region))
	if c.Silent {
		cmd.Action = incident.Fall
		log.Warn("source fell silent", zap.Duration("silence", c.For), zap.Duration("usual", c.Usual))
		return cmd
	}
	cmd.Action, cmd.Reason = incident.Resolve, "heard of again"
	log.Info("source heard of again")
	return cmd
}

// store stores the clocks and commands, then the accounts, and queues the commands.
func (w *watcher) store(ctx context.Context, commands []incident.Command) error {
	state, err := pack(&watchState{Clock: w.book.Clock, Feed: w.book.Feed, Commands: commands})
	if err != nil {
		return err
	}
	if w.revision, err = w.deps.State.Put(ctx, watchKey(), state, w.revision); err != nil {
		return fmt.Errorf("store rhythms: %w", err)
	}
	if err := w.storeAccounts(ctx); err != nil {
		return err
	}
	for _, cmd := range commands {
		if err := command(ctx, w.deps.Log, consumer.ShardOfKey(cmd.Silence.AccountID(), w.deps.Shards), cmd); err != nil {
			return err
		}
	}
	return nil
}

func (w *watcher) storeAccounts(ctx context.Context) error {
	var parts [watchParts]map[string]*pulse.Account
	for id, account := range w.book.Accounts {
		part := consumer.ShardOfKey(id, watchParts)
		if parts[part] == nil {
			parts[part] = map[string]*pulse.Account{}
		}
		parts[part][id] = account
	}
	var writes []bus.KVWrite
	for part, accounts := range parts {
		if !w.changed[part] {
			continue
		}
		w.changed[part] = false
		value, err := pack(accounts)
		if err != nil {
			return err
		}
		writes = append(writes, bus.KVWrite{Key: watchPartKey(part), Value: value, Expect: bus.AnyRevision})
	}
	if len(writes) == 0 {
		return nil
	}
	if _, err := w.deps.State.PutAll(ctx, writes); err != nil {
		return fmt.Errorf("store rhythms: %w", err)
	}
	return nil
}
