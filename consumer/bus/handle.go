package bus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// handle opens a stream without asking the server for it.
func (b *Bus) handle(ctx context.Context, stream string) (jetstream.Stream, error) {
	return b.js.Stream(ctx, stream)
}

// lastSequence is the sequence of the latest message of a subject, which may have wildcards; 0 for none.
func (b *Bus) lastSequence(ctx context.Context, stream, subject string) (uint64, error) {
	s, err := b.handle(ctx, stream)
	if err != nil {
		return 0, b.closedOr(err)
	}
	msg, err := s.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, b.closedOr(err)
	}
	return msg.Sequence, nil
}

func isNoMessage(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeMessageNotFound
}
