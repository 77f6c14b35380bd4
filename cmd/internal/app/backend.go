package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/audit"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/web"
	"github.com/trailwarden/trailwarden/config"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/enrich"
)

// backend is what the HTTP side sees of the daemon.
type backend App

var _ web.Backend = (*backend)(nil)

// Healthy implements web.Backend: who can answer is alive.
func (b *backend) Healthy() error { return nil }

// Answers implements web.Backend: only the role alerting may read what the API shows and write what it does.
func (b *backend) Answers() error {
	if (*App)(b).has(RoleAlerting) {
		return nil
	}
	return errors.New("this process has not the role alerting: ask one that has")
}

// alive returns nil while the process can do its work, and hangs with a bus that hangs. That the bus cannot store
// is no reason to be restarted: a restart frees no disk and heals no cluster. That is for Ready to tell.
func (a *App) alive() error {
	_ = a.bus.Ready() // any answer is a sign of life
	return (*backend)(a).Healthy()
}

// Ready implements web.Backend.
func (b *backend) Ready() []web.Part {
	parts := []web.Part{{Name: "nats", Err: b.bus.Ready()}, {Name: "streams", Err: b.bus.Caught()}}
	if lost := b.bus.LostLately(); lost != nil {
		parts[1].Note = lost.Error()
	}
	if b.consumer != nil {
		for _, p := range b.consumer.Parts() {
			parts = append(parts, consumerPart(p))
		}
	}
	if b.notify != nil {
		for _, h := range b.notify.Health() {
			parts = append(parts, receiverPart(h))
		}
	}
	if b.desk != nil {
		parts = append(parts, buttonsPart(b.desk.Ready()))
	}
	for _, s := range b.lookup.Status() {
		switch {
		case s.Problem != "":
			parts = append(parts, web.Part{Name: s.Name, Note: oldData(s)})
		case s.Path == "":
			parts = append(parts, web.Part{Name: s.Name, Note: "none configured: its facts are unknown"})
		case s.Stale:
			parts = append(parts, web.Part{Name: s.Name, Note: fmt.Sprintf("stale: built on %s", s.Built.UTC().Format(time.DateOnly))})
		default:
			parts = append(parts, web.Part{Name: s.Name})
		}
	}
	return parts
}

// consumerPart tells of a log bucket that cannot be read, and of messages that cannot be deleted, by name alone: all that
// arrives is stored, or waits in its queue.
func consumerPart(p consumer.Part) web.Part {
	part := web.Part{Name: p.Name, Err: p.Err}
	if p.Trouble != nil {
		part.Note = p.Trouble.Error()
	}
	return part
}

// receiverPart tells of a receiver that refuses its credentials as not ready, and of one that does not answer by name alone:
// what it is to be told waits for it, and a restart mends nothing.
func receiverPart(h notify.Health) web.Part {
	part := web.Part{Name: "receiver " + h.Receiver, Err: h.Refused}
	switch {
	case h.Trouble != nil:
		part.Note = "cannot be told now: " + h.Trouble.Error()
	case h.Untold != nil:
		part.Note = h.Untold.Error()
	case h.Undelivered != nil:
		part.Note = "alerts not delivered: " + h.Undelivered.Error()
	}
	return part
}

// buttonsPart is receiverPart for the sockets by which buttons come.
func buttonsPart(err error) web.Part {
	if _, refused := errors.AsType[*notify.CredentialError](err); refused || err == nil {
		return web.Part{Name: "buttons", Err: err}
	}
	return web.Part{Name: "buttons", Note: "may not come now: " + err.Error()}
}

// oldData says why data is absent, or not the newest.
func oldData(s enrich.DataStatus) string {
	if s.Path == "" || s.Built.IsZero() {
		return s.Problem
	}
	return fmt.Sprintf("data of %s in use: %s", s.Built.UTC().Format(time.DateOnly), s.Problem)
}

// Alerts implements web.Backend.
func (b *backend) Alerts(ctx context.Context, f alert.Filter, limit int, cursor string) (alert.Page, error) {
	page, err := b.query.Page(ctx, f, limit, cursor)
	if errors.Is(err, alerting.ErrCursor) {
		err = web.ErrCursor
	}
	return page, err
}

// Tally implements web.Backend.
func (b *backend) Tally(ctx context.Context) (live, all int, err error) { return b.query.Tally(ctx) }

// EachAlert implements web.Backend.
func (b *backend) EachAlert(ctx context.Context, visit func(*alert.Alert) error) error {
	return b.query.Each(ctx, visit)
}

// Stories implements web.Backend.
func (b *backend) Stories(ctx context.Context, limit int, cursor string) (alert.StoryPage, error) {
	page, err := b.query.Stories(ctx, limit, cursor)
	if errors.Is(err, alerting.ErrCursor) {
		err = web.ErrCursor
	}
	return page, err
}

// Story implements web.Backend.
func (b *backend) Story(ctx context.Context, id string) (*alert.Story, error) {
	s, err := b.query.Story(ctx, id)
	if errors.Is(err, alerting.ErrNoStory) {
		return nil, web.ErrNoStory
	}
	return s, err
}

// Alert implements web.Backend.
func (b *backend) Alert(ctx context.Context, id string) (*alert.Alert, error) {
	a, err := b.query.Get(ctx, id)
	if errors.Is(err, alerting.ErrNoAlert) {
		return nil, web.ErrNoAlert
	}
	return a, err
}

// Command implements web.Backend: it puts the command into the lane of the alert's shard and waits a little for it
// to be carried out.
func (b *backend) Command(ctx context.Context, id string, do web.Command) (*alert.Alert, error) {
	err := b.query.Command(ctx, incident.Command{
		AlertID: id, Action: do.Action, By: do.Hand.By, Via: audit.API, Source: do.Hand.Source, Reason: do.Reason, At: time.Now().UTC(),
	})
	if errors.Is(err, alerting.ErrNoAlert) {
		return nil, web.ErrNoAlert
	}
	if err != nil {
		return nil, err
	}
	return b.carriedOut(ctx, id, map[string]alert.Status{incident.Acknowledge: alert.Acknowledged, incident.Resolve: alert.Resolved}[do.Action])
}

// Reload implements web.Backend.
func (b *backend) Reload(ctx context.Context, hand web.Hand) error {
	return (*App)(b).Reload(ctx, audit.Entry{Actor: hand.By, Via: audit.API, Source: hand.Source})
}

// Reload reads the settings, the rules and the data files anew and puts all of them in force, or none: on an error
// the old ones go on. Parts that are built once keep their settings until a restart; a change of those is refused
// by name. The entry says who asked.
func (a *App) Reload(ctx context.Context, entry audit.Entry) (err error) {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	defer a.service.Reloading()()
	defer func() {
		a.reloaded.Set(1)
		if err != nil {
			a.reloaded.Set(0)
			a.log.Error("settings not reloaded", zap.String("actor", entry.Actor), zap.String("via", entry.Via), zap.Error(err))
			return
		}
		entry.Action = audit.Reload
		a.log.Info("settings reloaded")
		audit.Log(a.log, entry)
	}()
	cfg, err := config.Load(a.opts.ConfigFile, a.opts.Environ, true)
	if err != nil {
		return err
	}
	if fixed := changedForGood(a.cfg, cfg); len(fixed) > 0 {
		return fmt.Errorf("%s: changed, which needs a restart; the old settings go on", strings.Join(fixed, ", "))
	}
	rules, err := Rules(cfg)
	if err != nil {
		return err
	}
	if err := a.lookup.Reload(cfg.Enrich); err != nil {
		return fmt.Errorf("open enrichment data: %w", err)
	}
	a.selector.index.Store(rules.Index)
	if a.enricher != nil {
		a.enricher.Declare(cfg.Enrich.Principals)
	}
	if a.alerting != nil {
		a.alerting.Use(policy(cfg, rules))
	}
	told := reloadNotice(a.cfg, cfg, time.Now())
	a.cfg = cfg
	a.changed(ctx, told)
	return nil
}

// reloadNotice says what a reload changed. Processes that reload the same file within a minute say the same.
func reloadNotice(old, now *config.Config, at time.Time) notify.Notice {
	n := notify.Notice{ID: "reload-" + at.UTC().Format("2006-01-02T15:04"), Time: at, Summary: "Trailwarden: configuration reloaded"}
	for _, key := range differing([]section{
		{"enrich", old.Enrich, now.Enrich},
		{"rules", old.Rules, now.Rules},
		{"scoring", old.Scoring, now.Scoring},
		{"alerting", old.Alerting, now.Alerting},
	}) {
		n.Lines = append(n.Lines, key+" changed")
	}
	if len(n.Lines) == 0 {
		n.Lines = []string{"configuration unchanged; data files may have changed"}
	}
	return n
}

// changedForGood names the changed settings of parts that are built only once.
func changedForGood(old, now *config.Config) []string {
	return differing([]section{
		{"data_dir", old.DataDir, now.DataDir},
		{"http", old.HTTP, now.HTTP},
		{"nats", old.NATS, now.NATS},
		{"consumer", old.Consumer, now.Consumer},
		{"enrich.history", old.Enrich.History, now.Enrich.History},
		{"enrich.live", old.Enrich.Live, now.Enrich.Live},
		{"tracing", old.Tracing, now.Tracing},
		{"alerting.receivers", old.Alerting.Notify.Receivers, now.Alerting.Notify.Receivers},
	})
}

// section is a part of the settings before and after a reload.
type section struct {
	key      string
	old, now any
}

// differing names the sections that are not the same.
func differing(all []section) (keys []string) {
	for _, s := range all {
		if !reflect.DeepEqual(s.old, s.now) {
			keys = append(keys, s.key)
		}
	}
	return keys
}
