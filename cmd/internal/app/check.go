package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/config"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/enrich"
)

// Checked is what there is to say of sound settings.
type Checked struct {
	Rules, Queues, Receivers int
	Scoring                  []score.Row // the effective table
	Warnings                 []string
}

// Check loads the settings as the daemon would, opens the data files and the rules, and, with queues set, asks the
// queues what a careful operator would change. The error tells every fault, a line each.
func Check(ctx context.Context, file string, environ []string, queues bool, log *zap.Logger) (*Checked, error) {
	cfg, err := config.Load(file, environ, true)
	if err != nil {
		return nil, err
	}
	rules, ruleErr := Rules(cfg)
	lookup, dataErr := enrich.NewLookup(cfg.Enrich, log, prometheus.NewRegistry())
	if err := errors.Join(ruleErr, dataErr); err != nil {
		return nil, err
	}
	out := &Checked{
		Rules: len(rules.Index.Rules()), Queues: len(cfg.Consumer.Queues), Receivers: len(cfg.Alerting.Notify.Receivers),
		Scoring: cfg.Scoring.Table(),
	}
	out.Warnings = append(out.Warnings, cfg.Alerting.Notify.Warnings()...)
	for _, id := range cfg.Rules.Disabled {
		if !rules.Index.Known(id) {
			out.Warnings = append(out.Warnings, fmt.Sprintf("rules.disabled: there is no rule %s; `trailwarden rules list` names them all", id))
		}
	}
	for _, s := range lookup.Status() {
		if s.Stale {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s: %s was built on %s; fetch a newer one", s.Name, s.Path, s.Built.UTC().Format(time.DateOnly)))
		}
	}
	if len(cfg.Consumer.Queues)+len(cfg.Consumer.Files) == 0 {
		out.Warnings = append(out.Warnings, "consumer: neither queues nor files are set, so nothing is taken in")
	}
	if queues && len(cfg.Consumer.Queues) > 0 {
		more, err := consumer.Check(ctx, cfg.Consumer, log)
		out.Warnings = append(out.Warnings, more...)
		if err != nil {
			out.Warnings = append(out.Warnings, err.Error())
		}
	}
	return out, nil
}
