package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
)

const (
	// clockSkew is how far Slack's clock and ours may be apart.
	clockSkew = 5 * time.Minute
	// maxPages bounds the search, at up to a hundred messages a page.
	maxPages = 50
)

// found is one's own message, as Slack has it.
type found struct {
	channel, ts string
	revision    uint64
	updates     int
	members     int
}

// own is what a message of the notifier's own is known by.
type own struct {
	event, id string
	above     uint64 // revisions up to this are known to have been told
	any       bool   // of a thread of which nothing is told
	not       string // the message of this ts was left
	updates   int    // and of the updates and members as many as these
	members   int
}

// find looks for a message of the notifier's own since the attempt: in the channel, or in the thread if there is
// one already. nil without an error means that there is none, or that Slack will not let it look.
func (n *Notifier) find(ctx context.Context, told notify.Told, which own) (*found, error) {
	api, err := n.client()
	if err != nil {
		return nil, err
	}
	if err := n.settle(ctx, told); err != nil {
		return nil, err
	}
	cursor := ""
	for range maxPages {
		messages, next, err := n.page(ctx, api, told, cursor)
		if err != nil {
			return n.cannotLook(err, which.id)
		}
		for _, m := range messages {
			if m.Timestamp == which.not || m.Metadata.EventType != which.event || m.Metadata.EventPayload[keyID] != which.id {
				continue
			}
			if f := foundIn(m, n.cfg.Channel); which.event == eventAlert || which.any || f.revision > which.above || f.updates > which.updates || f.members > which.members {
				return f, nil
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	return nil, nil
}

// settle waits until what was sent before a crash has either arrived or never will.
func (n *Notifier) settle(ctx context.Context, told notify.Told) error {
	timer := time.NewTimer(min(told.Attempting.Add(n.opts.Settle).Sub(n.opts.Now()), n.opts.Settle))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func foundIn(m slack.Message, channel string) *found {
	f := &found{channel: channel, ts: m.Timestamp}
	if text, ok := m.Metadata.EventPayload[keyRevision].(string); ok {
		f.revision, _ = strconv.ParseUint(text, 10, 64)
	}
	if text, ok := m.Metadata.EventPayload[keyUpdates].(string); ok {
		f.updates, _ = strconv.Atoi(text)
	}
	if text, ok := m.Metadata.EventPayload[keyMembers].(string); ok {
		f.members, _ = strconv.Atoi(text)
	}
	return f
}

// page reads one page of the channel's history or of the thread's replies.
func (n *Notifier) page(ctx context.Context, api *slack.Client, told notify.Told, cursor string) ([]slack.Message, string, error) {
	ctx, cancel := context.WithTimeout(ctx, httpcall.Timeout)
	defer cancel()
	oldest := strconv.FormatInt(told.Attempting.Add(-clockSkew).Unix(), 10)
	if told.TS != "" {
		messages, _, next, err := api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: told.Channel, Timestamp: told.TS, Cursor: cursor, Oldest: oldest, Limit: 100, IncludeAllMetadata: true,
		})
		return messages, next, err
	}
	page, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: n.cfg.Channel, Cursor: cursor, Oldest: oldest, Limit: 100, IncludeAllMetadata: true,
	})
	if err != nil {
		return nil, "", err
	}
	return page.Messages, page.ResponseMetaData.NextCursor, nil
}

// cannotLook decides whether to look again later or to go on without: Slack has said that it will not show the
// history, so the message is posted again, at the risk of standing there twice.
func (n *Notifier) cannotLook(err error, id string) (*found, error) {
	var status slack.StatusCodeError
	never := errors.As(err, &status) && slices.Contains([]int{403, 404, 405, 501}, status.Code)
	switch reason := refusal(err); reason {
	case "missing_scope", "not_in_channel", "channel_not_found", "thread_not_found", "unknown_method", "method_not_supported_for_channel_type",
		"not_allowed_token_type", "no_permission", "access_denied", "method_deprecated", "invalid_arguments":
		never = true
	}
	if never {
		n.opts.Log.Warn("posted again without looking for an earlier message", zap.String("stage", "notify"),
			zap.String("alert_id", id), zap.String("channel", n.cfg.Channel), zap.NamedError("error", judge(err).err))
		return nil, nil
	}
	return nil, fmt.Errorf("look for an earlier message: %w", judge(err).err)
}
