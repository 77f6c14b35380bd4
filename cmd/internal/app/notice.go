package app

import (
	"context"
	"fmt"

	"github.com/trailwarden/trailwarden/alerting/notify"
)

// changed tells the receivers that want to know what is changed by hand.
func (a *App) changed(ctx context.Context, n notify.Notice) error {
	n.Kind = notify.Changed
	return a.notice(ctx, n)
}

// notice queues a notice for all receivers that take its kind.
func (a *App) notice(ctx context.Context, n notify.Notice) error {
	messages, err := a.told.Notices(n)
	if err != nil || len(messages) == 0 {
		return err
	}
	if err := a.bus.Publish(ctx, messages...); err != nil {
		return fmt.Errorf("queue notice %s: %w", n.ID, err)
	}
	return nil
}
