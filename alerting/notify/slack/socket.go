package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
	"github.com/trailwarden/trailwarden/config/secret"
)

// socketPause is the time between two attempts with an app token that was refused.
const socketPause = 10 * time.Second

// listen keeps a socket open for an app token. Receivers of one app share it, since Slack spreads what it tells over
// all sockets of an app.
func (d *Desk) listen(ctx context.Context, file string) error {
	var clerks []*clerk
	for _, c := range d.clerks {
		if c.n.cfg.AppTokenFile == file {
			clerks = append(clerks, c)
		}
	}
	for {
		err := d.socket(ctx, file, clerks)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.setSick(file, err)
		d.opts.Log.Warn("socket not open", zap.String("stage", "notify"), zap.String("receiver", clerks[0].name), zap.Duration("retry_in", socketPause), zap.Error(err))
		timer := time.NewTimer(socketPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// socket opens one socket, again whenever it breaks, until the app token is refused.
func (d *Desk) socket(ctx context.Context, file string, clerks []*clerk) error {
	token, err := secret.Read(file)
	if err != nil {
		return &notify.CredentialError{Err: err}
	}
	api := slack.New("", slack.OptionAppLevelToken(token.Reveal()), slack.OptionAPIURL(clerks[0].n.url), slack.OptionHTTPClient(d.opts.Client))
	client := socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	for {
		select {
		case err := <-ended:
			if err == nil {
				err = errors.New("closed")
			}
			return judge(err).err
		case e := <-client.Events:
			d.event(ctx, file, client, clerks, e)
		}
	}
}

// event handles one thing that the socket tells. What is asked for is answered before it is done.
func (d *Desk) event(ctx context.Context, file string, client *socketmode.Client, clerks []*clerk, e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeConnected:
		d.setSick(file, nil)
	case socketmode.EventTypeHello:
		if e.Request != nil && e.Request.NumConnections > 1 { // Slack tells each click to one of them
			err := fmt.Errorf("%d connections are open for this app: another process, or one that ended without closing it, may take clicks", e.Request.NumConnections)
			d.opts.Log.Warn("several sockets open", zap.String("stage", "notify"), zap.String("receiver", clerks[0].name), zap.Error(err))
			d.setSick(file, err)
		}
	case socketmode.EventTypeConnectionError:
		err := errors.New("cannot connect")
		if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
			err = fmt.Errorf("cannot connect: %w", httpcall.Anonymous(failed.ErrorObj))
		}
		d.setSick(file, err)
	case socketmode.EventTypeInteractive:
		if e.Request == nil {
			return
		}
		if err := client.AckCtx(ctx, e.Request.EnvelopeID, nil); err != nil {
			return // the socket is gone: Slack tells of it again on the next one
		}
		t := told{clerks: clerks}
		if json.Unmarshal(e.Request.Payload, &t.click) == nil && !d.take(t) {
			if p := d.place(&t); p != nil {
				p.refuse(ctx, errors.New("too many pending actions; try again in a minute"))
			}
		}
	}
}
