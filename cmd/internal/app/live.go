package app

import (
	"context"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/enrich/live"
)

// watch lets S3 itself be asked about the buckets of alerts, where the settings want that.
func (a *App) watch(ctx context.Context, deps *alerting.Deps) error {
	cfg := a.cfg.Enrich.Live
	if !cfg.Enabled {
		return nil
	}
	looker, err := live.New(ctx, cfg)
	if err != nil {
		return err
	}
	deps.Looker, deps.LookDelay = looker, cfg.Delay
	return nil
}
