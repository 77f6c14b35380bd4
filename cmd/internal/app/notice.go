package app

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/notify"
)

// noticeWait is how long a change by hand waits until it is stored that it is to be told; it holds all the same.
const noticeWait = 5 * time.Second

// changed tells the receivers that want to know what is changed by hand. Of several roles alerting alone tells.
func (a *App) changed(ctx context.Context, n notify.Notice) {
	if !a.has(RoleAlerting) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, noticeWait)
	defer cancel()
	n.Kind = notify.Changed
	if err := a.notice(ctx, n); err != nil {
		a.log.Warn("change by hand not told", zap.String("stage", "notify"), zap.Error(err))
	}
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
