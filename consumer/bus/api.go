package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// The few requests of the JetStream API made here all go to the stream's leader, so that an answer holds
// everything acknowledged before it was asked for.

// stored is a message as the API gives it.
type stored struct {
	Subject  string `json:"subject"`
	Sequence uint64 `json:"seq"`
	RawHead  []byte `json:"hdrs"`
	Data     []byte `json:"data"`
	header   nats.Header
}

// latest is the latest message of a subject, which may have wildcards; ok is false when there is none. It waits
// for a leader until ctx ends.
func (b *Bus) latest(ctx context.Context, stream, subject string) (msg stored, ok bool, err error) {
	var answer struct {
		Message stored `json:"message"`
	}
	err = b.insist(ctx, "STREAM.MSG.GET."+stream, map[string]any{"last_by_subj": subject}, &answer)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return stored{}, false, nil
	}
	msg = answer.Message
	if err == nil && len(msg.RawHead) > 0 {
		msg.header, err = nats.DecodeHeadersMsg(msg.RawHead)
	}
	return msg, err == nil, err
}

// insist makes a request, again and again while there is no leader to answer it, until ctx ends.
func (b *Bus) insist(ctx context.Context, verb string, body map[string]any, into any) error {
	var warned time.Time
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		err := b.request(ctx, verb, body, into)
		if err == nil || !transient(err) {
			return err
		}
		if pause >= retryMost && time.Since(warned) > warnEvery {
			warned = time.Now()
			b.log.Warn("request tried again", zap.String("request", verb), zap.Error(err))
		}
		if waitErr := b.wait(ctx, pause); waitErr != nil {
			return errors.Join(waitErr, err)
		}
	}
}

var errNotAllowed = errors.New("the user's permissions do not allow it")

// request makes one request, for at most ackWait, and decodes its answer.
func (b *Bus) request(ctx context.Context, verb string, body map[string]any, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	asked, cancel := context.WithTimeout(ctx, ackWait)
	defer cancel()
	reply, err := b.nc.RequestWithContext(asked, "$JS.API."+verb, text)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if b.refused.has(strings.ToLower("$JS.API." + verb)) {
			return fmt.Errorf("%s: %w", verb, errNotAllowed)
		}
		return b.closedOr(err)
	}
	var failed struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(reply.Data, &failed); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	if failed.Error != nil {
		return failed.Error
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(reply.Data, into); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	return nil
}

// transient tells whether a request may be answered when it is made again.
func transient(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		if api.ErrorCode == codeNoPeers { // nodes that the leader has not met yet, unless they lack room
			return !strings.Contains(api.Description, "storage")
		}
		return api.Code == 503 && api.ErrorCode != codeInsufficientResources
	}
	return errors.Is(err, errNoLayout) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrDisconnected)
}
