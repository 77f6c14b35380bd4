package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
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
	case !told.Timeline || told.Updates < a.UpdateCount() || told.Fixed && told.Revision < a.Revision:
		return n.reply(ctx, told, a, n.thread(a, told), news(a, told))
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

// reply brings what the thread lacks, in one message.
func (n *Notifier) reply(ctx context.Context, told notify.Told, a *alert.Alert, text string, broadcast bool) (notify.Told, error) {
	if told.Attempting.IsZero() {
		return n.announce(ctx, told)
	}
	if told.Unsure {
		found, err := n.find(ctx, told, own{event: eventUpdate, id: a.ID, above: told.Revision})
		if err != nil {
			return told, err
		}
		told.Unsure = false
		if found == nil {
			return told, nil
		}
		told.Attempting = time.Time{}
		told.Timeline, told.Updates, told.Revision = true, found.updates, found.revision
		return told, nil
	}
	options := []slack.MsgOption{slack.MsgOptionTS(told.TS)}
	if broadcast {
		options = append(options, slack.MsgOptionBroadcast())
	}
	sent, err := n.post(ctx, message{text: text, plain: text}, slack.SlackMetadata{EventType: eventUpdate, EventPayload: map[string]any{
		keyID: a.ID, keyRevision: strconv.FormatUint(a.Revision, 10), keyUpdates: strconv.Itoa(a.UpdateCount()),
	}}, options...)
	told.Unsure = sent.unsure
	switch {
	case sent.place != "":
		return move(told, sent.place)
	case err != nil:
		return told, err
	}
	told.Attempting = time.Time{}
	told.Timeline, told.Updates = true, a.UpdateCount()
	return finish(told, a), nil
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

// thread is the text of the next reply: at first the timeline and the states, then what has changed.
func (n *Notifier) thread(a *alert.Alert, told notify.Told) string {
	var all []string
	if !told.Timeline {
		all = append(all, timeline(a)...)
		if a.Exposure != nil {
			all = append(all, "Access: "+access(a))
			for _, reason := range a.Exposure.Reasons {
				all = append(all, "• "+reason)
			}
		}
		for _, b := range wording.Members(a) {
			all = append(all, "• "+b)
		}
	}
	if told.Fixed {
		all = append(all, "The message above could not be updated. Current state: "+wording.Headline(a, maxHeader))
	}
	all = append(all, updateLines(a, told)...)
	if a.Status == alert.Resolved && told.Status != alert.Resolved && len(all) > 0 {
		all[len(all)-1] += " · " + wording.Closing(a)
	}
	for i, line := range all {
		all[i] = safetext.End(plainText(line, maxReply), maxReply)
	}
	return lines(all, maxReply)
}

// access says who can reach the resource; the grant stands before it only where there is one.
func access(a *alert.Alert) string {
	if a.Exposure.Grant == "" {
		return wording.Access(a)
	}
	return wording.Grant(a)
}

// timeline lists what the actor did around the event, and a little of the days before.
func timeline(a *alert.Alert) []string {
	const earlier = 5 // moments of the days before
	all, since := []string{"Actor's activity:"}, a.FirstSeen.UTC().Truncate(24*time.Hour)
	first, _ := slices.BinarySearchFunc(a.Timeline, since, func(m alert.Moment, t time.Time) int { return m.Time.Compare(t) })
	if skipped := first - earlier; skipped > 0 {
		all = append(all, fmt.Sprintf("• … %d earlier events not shown", skipped))
	}
	for _, m := range a.Timeline[max(first-earlier, 0):] {
		all = append(all, "• "+wording.Moment(m, a.EventTime))
	}
	return all
}

// maxReply is the length of a reply's text, in bytes.
const maxReply = 3500

func updateLines(a *alert.Alert, told notify.Told) []string {
	var all []string
	for _, u := range a.UpdatesAfter(told.Updates) {
		all = append(all, "• "+wording.Update(u, a.EventTime))
	}
	return all
}

// news reports whether the channel should hear of the reply: the alert came back, became more severe, was acknowledged and
// got worse, or its bucket was deleted.
func news(a *alert.Alert, told notify.Told) bool {
	if !told.Timeline {
		return false
	}
	for _, u := range a.UpdatesAfter(told.Updates) {
		if u.Kind == "reopened" || u.Kind == "escalated" || u.Kind == "live" {
			return true
		}
	}
	if a.Status == alert.Resolved && told.Status != alert.Resolved && a.ResolvedReason != nil && *a.ResolvedReason == alert.BucketDeleted {
		return true
	}
	return a.Severity > told.Severity || a.Status == alert.Open && told.Status == alert.Acknowledged
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
		return sent{unsure: j.unsure, refusedUpdate: j.update, place: j.place}, j.blocks, j.err
	}
	if channel == "" {
		channel = n.cfg.Channel
	}
	return sent{channel: channel, ts: ts}, false, nil
}
