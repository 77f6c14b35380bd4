package slack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

// Metadata of the messages, by which the notifier knows its own again.
const (
	eventAlert  = "trailwarden_alert"
	eventUpdate = "trailwarden_update"
	keyID       = "id"       // the alert, or the first one of a digest
	keyIDs      = "ids"      // every alert of a digest
	keyRevision = "revision" // of the alert, as text; what the message showed when it was posted
	keyUpdates  = "updates"  // how many of the alert's updates the thread holds up to this reply
	keyMembers  = "members"  // the same of its buckets or resources
)

// Tell implements notify.Notifier. The message comes first, then its thread.
func (n *Notifier) Tell(ctx context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	if told.TS == "" && !told.Received.IsZero() {
		told.Took = max(n.opts.Now().Sub(told.Received), 0)
	}
	switch {
	case told.TS == "":
		return n.open(ctx, told, a, n.card(a, told), map[string]any{keyID: a.ID})
	case told.Shown < a.Revision || told.Standing != told.Stands && told.Timeline && !told.Fixed:
		return n.update(ctx, told, a, n.card(a, told), map[string]any{keyID: a.ID})
	case !told.Timeline || told.Updates < a.UpdateCount() || told.Members < len(wording.Members(a)) || told.Fixed && told.Revision < a.Revision:
		r := nextReply(a, told)
		told, err := n.reply(ctx, told, a.ID, r)
		if err == nil && r.revision == a.Revision && told.Revision == a.Revision {
			return finish(told, a), nil
		}
		return told, err
	default:
		return finish(told, a), nil
	}
}

// ShowsStanding implements notify.Shower.
func (n *Notifier) ShowsStanding() {}

// finish marks the alert as told in its present revision.
func finish(told notify.Told, a *alert.Alert) notify.Told {
	told.Revision, told.Status, told.Severity, told.Moved = a.Revision, a.Status, a.Severity, ""
	return told
}

// open brings the new message: announced first, looked for when its outcome is not known, then posted.
func (n *Notifier) open(ctx context.Context, told notify.Told, a *alert.Alert, m message, payload map[string]any) (notify.Told, error) {
	if told.Attempting.IsZero() {
		return n.announce(ctx, told)
	}
	if told.Unsure {
		found, err := n.find(ctx, told, own{event: eventAlert, id: a.ID, not: told.Left})
		if err != nil {
			return told, err
		}
		told.Unsure = false
		if found != nil {
			told.Attempting = time.Time{}
			told.Channel, told.TS, told.Shown = found.channel, found.ts, found.revision
			told.Severity = a.Severity
		}
		return told, nil
	}
	payload[keyRevision] = strconv.FormatUint(a.Revision, 10)
	sent, err := n.post(ctx, m, slack.SlackMetadata{EventType: eventAlert, EventPayload: payload})
	told.Unsure = sent.unsure
	switch {
	case sent.place != "": // where else?
		return told, &notify.PermanentError{Err: err}
	case err != nil:
		return told, err
	}
	told.Attempting = time.Time{}
	told.Channel, told.TS, told.Shown, told.Plain, told.Stands = sent.channel, sent.ts, a.Revision, sent.plain, told.Standing
	told.Severity = a.Severity
	return told, nil
}

// announce waits for the turn first, so that what was announced leaves at once when that is stored.
func (n *Notifier) announce(ctx context.Context, told notify.Told) (notify.Told, error) {
	if err := n.opts.Pacer.Wait(ctx, n.lane()); err != nil {
		return told, err
	}
	n.turn = true
	told.Attempting = n.opts.Now().UTC().Round(0)
	return told, nil
}

// update changes the message in place. A message that cannot be changed is left as it is, and the thread
// says what it would have shown.
func (n *Notifier) update(ctx context.Context, told notify.Told, a *alert.Alert, m message, payload map[string]any) (notify.Told, error) {
	if told.Fixed {
		told.Shown = a.Revision
		return told, nil
	}
	payload[keyRevision] = strconv.FormatUint(a.Revision, 10)
	sent, err := n.change(ctx, told.TS, m, slack.SlackMetadata{EventType: eventAlert, EventPayload: payload})
	switch {
	case sent.place != "":
		return move(told, sent.place)
	case sent.refusedUpdate:
		told.Fixed = true
		return told, nil
	case err != nil:
		return told, err
	}
	told.Shown, told.Plain, told.Stands = a.Revision, sent.plain, told.Standing
	return told, nil
}

// reply brings the next of what the thread lacks.
func (n *Notifier) reply(ctx context.Context, told notify.Told, id string, r reply) (notify.Told, error) {
	if told.Attempting.IsZero() {
		return n.announce(ctx, told)
	}
	if told.Unsure {
		found, err := n.find(ctx, told, own{event: eventUpdate, id: id, above: told.Revision, updates: told.Updates, members: told.Members, any: !told.Timeline})
		if err != nil {
			return told, err
		}
		told.Unsure = false
		if found == nil {
			return told, nil
		}
		told.Attempting = time.Time{}
		told.Timeline, told.Updates, told.Members, told.Revision = true, found.updates, found.members, found.revision
		return told, nil
	}
	options := []slack.MsgOption{slack.MsgOptionTS(told.TS)}
	if r.broadcast {
		options = append(options, slack.MsgOptionBroadcast())
	}
	sent, err := n.post(ctx, message{text: r.text, plain: r.text}, slack.SlackMetadata{EventType: eventUpdate, EventPayload: map[string]any{
		keyID: id, keyRevision: strconv.FormatUint(r.revision, 10), keyUpdates: strconv.Itoa(r.updates), keyMembers: strconv.Itoa(r.members),
	}}, options...)
	told.Unsure = sent.unsure
	switch {
	case sent.place != "":
		return move(told, sent.place)
	case err != nil:
		return told, err
	}
	told.Attempting = time.Time{}
	told.Timeline, told.Updates, told.Members, told.Revision = true, r.updates, r.members, r.revision
	return told, nil
}

// move has an alert told in a new message, since its own or its thread cannot be written any more. The new one may not be
// refused for the same cause.
func move(told notify.Told, cause string) (notify.Told, error) {
	if told.Moved == cause {
		told.Attempting = time.Time{}
		return told, &notify.PermanentError{Err: fmt.Errorf("%s, and again in a new message", cause)}
	}
	return notify.Told{
		Moved: cause, Left: told.TS, Status: told.Status, Severity: told.Severity, Updates: told.Updates, Digest: told.Digest,
		Received: told.Received, Took: told.Took, Standing: told.Standing, Instead: told.Instead,
	}, nil
}

// sent is what became of a message.
type sent struct {
	channel, ts   string
	plain         bool // the blocks were refused, the text was taken
	unsure        bool // it may have arrived
	refusedUpdate bool
	place         string // the word that says that this message or thread cannot be written
}

// post sends a new message; if its blocks are refused, its text alone.
func (n *Notifier) post(ctx context.Context, m message, metadata slack.SlackMetadata, extra ...slack.MsgOption) (sent, error) {
	return n.bring(ctx, n.lane(), m, metadata, extra...)
}

// lane is what the pacer knows the channel by.
func (n *Notifier) lane() string { return n.url + n.cfg.Channel }

// change updates the message at ts, in the same way. Slack counts updates apart from new messages.
func (n *Notifier) change(ctx context.Context, ts string, m message, metadata slack.SlackMetadata) (sent, error) {
	return n.bring(ctx, n.lane()+"/update", m, metadata, slack.MsgOptionUpdate(ts))
}

func (n *Notifier) bring(ctx context.Context, lane string, m message, metadata slack.SlackMetadata, extra ...slack.MsgOption) (sent, error) {
	with := func(text string, blocks []slack.Block) []slack.MsgOption {
		options := []slack.MsgOption{
			slack.MsgOptionText(text, true), slack.MsgOptionBlocks(blocks...), slack.MsgOptionMetadata(metadata), slack.MsgOptionParse(false),
			slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(), slack.MsgOptionDisableMarkdown(),
		}
		return append(options, extra...)
	}
	s, refused, err := n.send(ctx, lane, with(m.text, m.blocks))
	if !refused || len(m.blocks) == 0 {
		return s, err
	}
	s, _, err = n.send(ctx, lane, with(m.plain, nil))
	s.plain = err == nil
	return s, err
}

// send makes one call of chat.postMessage or chat.update. refused means that the content was.
func (n *Notifier) send(ctx context.Context, lane string, options []slack.MsgOption) (s sent, refused bool, err error) {
	api, err := n.client()
	if err != nil {
		return sent{}, false, err
	}
	if n.turn && lane == n.lane() {
		n.turn = false
	} else if err := n.opts.Pacer.Wait(ctx, lane); err != nil {
		return sent{}, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, httpcall.Timeout)
	defer cancel()
	channel, ts, _, err := api.SendMessageContext(ctx, n.cfg.Channel, options...)
	n.opts.Pacer.Sent(lane)
	if err == nil && ts == "" {
		err = errors.New("answered without a timestamp")
	}
	if err != nil {
		j := judge(err)
		return sent{unsure: j.unsure, refusedUpdate: j.update, place: j.place}, j.blocks, fmt.Errorf("channel %s: %w", n.cfg.Channel, j.err)
	}
	if channel == "" {
		channel = n.cfg.Channel
	}
	return sent{channel: channel, ts: ts}, false, nil
}
