package slack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

// Desk takes in what people do with the buttons of the cards of all Slack receivers: through Socket Mode, for which no
// port is open, and through HTTP requests that Slack signs. Slack wants an answer within three seconds, so it is given
// at once; what came of the wish is seen on the card.
type Desk struct {
	clerks []*clerk
	hands  notify.Hands
	opts   DeskOptions
	clicks chan told

	mu   sync.Mutex
	sick map[string]error     // by app token file: why its socket is not open
	seen map[string]time.Time // signatures of requests that were taken in
}

// DeskOptions are what a Desk needs beside the receivers.
type DeskOptions struct {
	Client *http.Client
	Log    *zap.Logger
	Now    func() time.Time
}

// clerk is one receiver's part of the desk.
type clerk struct {
	name string
	n    *Notifier

	mu      sync.Mutex
	members map[string][]string // of user groups
	fetched time.Time
}

// told is a click, the receivers that may answer to who told of it, and when it was signed.
type told struct {
	click
	clerks []*clerk
	at     time.Time // zero through a socket
}

const (
	waitingClicks = 256
	deskWorkers   = 4
	// membersFor is how long the members of a user group are remembered.
	membersFor = time.Minute
	// deedWait bounds one deed, with everything that Slack is told of it.
	deedWait = 30 * time.Second
)

// NewDesk makes the desk of the receivers that have buttons; nil if none has. It makes no call.
func NewDesk(receivers []notify.Receiver, hands notify.Hands, opts DeskOptions) *Desk {
	d := &Desk{hands: hands, opts: opts, clicks: make(chan told, waitingClicks), sick: map[string]error{}, seen: map[string]time.Time{}}
	for _, r := range receivers {
		if r.Slack == nil || !r.Slack.Interactive() {
			continue
		}
		d.clerks = append(d.clerks, &clerk{name: r.Name, n: New(*r.Slack, Options{Client: opts.Client, Log: opts.Log, Now: opts.Now})})
		if r.Slack.AppTokenFile != "" {
			d.sick[r.Slack.AppTokenFile] = errors.New("not connected yet")
		}
	}
	if len(d.clerks) == 0 {
		return nil
	}
	return d
}

// Run takes in clicks until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	d.mu.Lock()
	files := slices.Sorted(maps.Keys(d.sick))
	d.mu.Unlock()
	for _, file := range files {
		g.Go(func() error { return d.listen(ctx, file) })
	}
	for range deskWorkers {
		g.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case c := <-d.clicks:
					d.serve(ctx, c)
				}
			}
		})
	}
	err := g.Wait()
	d.turnAway(ctx)
	return err
}

// Ready is nil when every socket is open.
func (d *Desk) Ready() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, err := range d.sick {
		if err != nil {
			errs = append(errs, fmt.Errorf("buttons: app_token_file: %w", err))
		}
	}
	return errors.Join(errs...)
}

func (d *Desk) setSick(file string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sick[file] = err
}

// take puts a click where it is worked on, and reports whether there was room.
func (d *Desk) take(c told) bool {
	select {
	case d.clicks <- c:
		return true
	default:
		d.opts.Log.Warn("click refused, too many are waiting", zap.String("stage", "notify"))
		return false
	}
}

var errStopping = errors.New("the daemon is stopping; try again in a minute")

// turnAway tells those whose clicks still wait that nothing comes of them.
func (d *Desk) turnAway(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), httpcall.Timeout)
	defer cancel()
	for ctx.Err() == nil {
		select {
		case t := <-d.clicks:
			if p := d.place(&t); p != nil {
				p.refuse(ctx, errStopping)
			}
		default:
			return
		}
	}
}

// place is a click with what is asked for and who answers it.
type place struct {
	*clerk
	shared  []*clerk // all receivers that have the channel
	deed    notify.Deed
	channel string
	user    string
	ask     bool
	err     error // what is wrong with the click
	log     *zap.Logger
}

// place reads a click; nil if it is on something of another app.
func (d *Desk) place(t *told) *place {
	deed, channel, ask, err := t.wish()
	if errors.Is(err, errForeign) {
		return nil
	}
	deed.At = t.at
	p := &place{deed: deed, channel: channel, user: t.User.ID, ask: ask, err: err, clerk: t.clerks[0]}
	for _, c := range t.clerks {
		if c.n.cfg.Channel == channel {
			p.shared = append(p.shared, c)
		}
	}
	if len(p.shared) > 0 {
		p.clerk = p.shared[0]
	} else {
		p.err = errors.New("no receiver of Trailwarden has this channel")
	}
	p.log = d.opts.Log.With(zap.String("stage", "notify"), zap.String("receiver", p.name), zap.String("alert_id", safetext.Line(deed.AlertID)),
		zap.String("actor", safetext.Line(p.user)), zap.String("action", safetext.Line(string(deed.Action))))
	return p
}

// refuse tells who clicked, and nobody else, that nothing came of it.
func (p *place) refuse(ctx context.Context, err error) {
	p.log.Warn("click not carried out", zap.Error(err))
	p.whisper(ctx, p.log, p.channel, p.user, "Not done: "+err.Error())
}

// serve does what a click asks for, if whoever clicked may, and tells them alone why not.
func (d *Desk) serve(ctx context.Context, t told) {
	p := d.place(&t)
	if p == nil {
		return
	}
	if p.err != nil {
		p.refuse(ctx, p.err)
		return
	}
	work, cancel := context.WithTimeout(ctx, deedWait)
	defer cancel()
	allowed, err := d.allowed(work, p)
	switch {
	case err != nil:
		p.log.Warn("click not carried out", zap.Error(err))
		p.whisper(ctx, p.log, p.channel, p.user, "Could not check your permission: "+err.Error()+". Try again.")
		return
	case !allowed:
		p.log.Warn("click refused")
		p.whisper(ctx, p.log, p.channel, p.user, "You are not allowed to do this: user "+p.user+" is not in allowed_users of this receiver.")
		return
	}
	if p.ask {
		err = p.clerk.ask(work, t.TriggerID, dialogData{AlertID: p.deed.AlertID, Action: p.deed.Action, Channel: p.channel})
	} else {
		p.deed.By = t.who()
		err = d.do(work, p.deed)
	}
	if err != nil {
		if ctx.Err() != nil {
			err = errStopping
		}
		p.refuse(ctx, err)
		return
	}
	p.log.Debug("click taken in", zap.Bool("asked", p.ask)) // what is done is written down where it is done
}

// do carries out what is asked for, of each of the alerts.
func (d *Desk) do(ctx context.Context, deed notify.Deed) error {
	var errs []error
	ids := strings.Split(deed.AlertID, idSeparator)
	for _, id := range ids {
		deed.AlertID = id
		err := d.hands.Do(ctx, deed)
		if err != nil && len(ids) > 1 {
			err = fmt.Errorf("alert %s: %w", safetext.Line(id), err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// allowed reports whether who clicked may act on each of the alerts: as a receiver says that was told of it, where several
// share the channel.
func (d *Desk) allowed(ctx context.Context, p *place) (bool, error) {
	for id := range strings.SplitSeq(p.deed.AlertID, idSeparator) {
		clerks := p.shared
		if len(clerks) > 1 {
			names, err := d.hands.Told(ctx, id)
			if err != nil {
				return false, fmt.Errorf("receivers of alert %s: %w", safetext.Line(id), err)
			}
			clerks = slices.DeleteFunc(slices.Clone(clerks), func(c *clerk) bool { return !slices.Contains(names, c.name) })
		}
		may := false
		for _, c := range clerks {
			ok, err := c.allowed(ctx, p.user, d.opts.Now())
			if err != nil {
				return false, err
			}
			may = may || ok
		}
		if !may {
			return false, nil
		}
	}
	return true, nil
}

// who names a person for others to read, with the id that cannot be chosen freely.
func (c *click) who() string {
	name := c.User.Username
	if name == "" {
		name = c.User.Name
	}
	return strings.TrimSpace(safetext.Middle(safetext.Line(name), 60) + " (Slack " + safetext.Middle(safetext.Line(c.User.ID), 30) + ")")
}

// allowed reports whether a user may act: by id, or as a member of a user group.
func (c *clerk) allowed(ctx context.Context, user string, now time.Time) (bool, error) {
	if user == "" {
		return false, nil
	}
	var groups []string
	for _, id := range c.n.cfg.AllowedUsers {
		if id == user {
			return true, nil
		}
		if strings.HasPrefix(id, "S") {
			groups = append(groups, id)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.fetched) > membersFor {
		members := map[string][]string{}
		for _, id := range groups {
			all, err := c.groupMembers(ctx, id)
			if err != nil {
				return false, fmt.Errorf("members of user group %s: %w", id, err)
			}
			members[id] = all
		}
		c.members, c.fetched = members, now
	}
	for _, id := range groups {
		if slices.Contains(c.members[id], user) {
			return true, nil
		}
	}
	return false, nil
}

func (c *clerk) groupMembers(ctx context.Context, group string) ([]string, error) {
	api, err := c.n.client()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, httpcall.Timeout)
	defer cancel()
	all, err := api.GetUserGroupMembersContext(ctx, group)
	if err != nil {
		return nil, judge(err).err
	}
	return all, nil
}

// ask opens a dialog for whoever clicked.
func (c *clerk) ask(ctx context.Context, trigger string, data dialogData) error {
	api, err := c.n.client()
	if err != nil {
		return err
	}
	view, err := dialog(data)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, httpcall.Timeout)
	defer cancel()
	if _, err := api.OpenViewContext(ctx, trigger, view); err != nil {
		return fmt.Errorf("open the dialog: %w", judge(err).err)
	}
	return nil
}

// whisper tells one person something that nobody else in the channel sees, even if the time for their click has run out.
func (c *clerk) whisper(ctx context.Context, log *zap.Logger, channel, user, text string) {
	api, err := c.n.client()
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), httpcall.Timeout)
		defer cancel()
		_, err = api.PostEphemeralContext(ctx, channel, user, slack.MsgOptionText(plainText(text, maxText), true), slack.MsgOptionParse(false))
	}
	if err != nil {
		log.Warn("answer to a click not sent", zap.NamedError("error", judge(err).err))
	}
}
