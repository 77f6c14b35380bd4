package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// pull asks the server for messages, a request at a time, so that no more than one request's bytes wait here.
type pull struct {
	b       *Bus
	sub     *nats.Subscription
	subject string
	inbox   string
	bytes   int          // most of one request; above the largest message
	left    int          // messages still to come of the request under way
	asked   int          // requests so far; the server's words about earlier ones no longer matter
	got     int          // messages of the request under way, and
	weight  int          // their bytes
	idle    func() error // asked when the server has nothing to send; may be nil
}

// next gives the next message, or the reason why the reader is of no use any more.
func (p *pull) next(ctx context.Context) (*nats.Msg, error) {
	for {
		if p.left == 0 {
			if err := p.ask(); err != nil {
				return nil, err
			}
		}
		msg, err := p.b.next(ctx, p.sub, max(beatsMissed*p.heartbeat(), leastSilence))
		if err != nil {
			return nil, err
		}
		status := msg.Header.Get("Status")
		switch {
		case status == "" || len(msg.Data) > 0:
			p.left--
			p.got++
			p.weight += len(msg.Data)
			return msg, nil
		case status == "100": // heartbeat
			if p.idle != nil {
				if err := p.idle(); err != nil {
					return nil, visitError{err}
				}
			}
		case msg.Subject != p.reply():
		case status == "408" || status == "404" || status == "409" && endsRequest(msg.Header.Get("Description")):
			p.left = 0
		default:
			return nil, fmt.Errorf("reader: %s %s", status, msg.Header.Get("Description"))
		}
	}
}

func (p *pull) ask() error {
	most := pullMessages
	if p.weight > 0 { // as many as last time were worth it: of small messages many, of large ones few
		most = min(max(p.got*pullAhead/p.weight, 1), pullMessages)
	}
	p.got, p.weight = 0, 0
	body, err := json.Marshal(map[string]any{
		"batch": most, "max_bytes": p.bytes, "expires": pullExpires, "idle_heartbeat": p.heartbeat(),
	})
	if err != nil {
		return err
	}
	p.left = most
	p.asked++
	return p.b.closedOr(p.b.nc.PublishRequest(p.subject, p.reply(), body))
}

// heartbeat is how often the server says that it has nothing to send.
func (p *pull) heartbeat() time.Duration {
	if p.idle != nil {
		return scanHeartbeat
	}
	return pullHeartbeat
}

func (p *pull) reply() string { return p.inbox + "." + strconv.Itoa(p.asked) }

// endsRequest tells the ends of a request from the ends of its reader, which share a status.
func endsRequest(description string) bool {
	return description == "Batch Completed" || description == "Message Size Exceeds MaxBytes"
}
