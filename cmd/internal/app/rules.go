package app

import (
	"fmt"
	"slices"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/builtin"
	"github.com/trailwarden/trailwarden/alerting/detect/sigma"
	"github.com/trailwarden/trailwarden/config"
)

// Rules loads the detections the settings ask for: the built-in ones, then the Sigma rules of rules.files.
func Rules(cfg *config.Config) (*alerting.Rules, error) {
	rules := builtin.Rules()
	if len(cfg.Rules.Files) > 0 {
		more, err := sigma.Load(cfg.Rules.Files)
		if err != nil {
			return nil, fmt.Errorf("load rules: %w", err)
		}
		rules = append(rules, more...)
	}
	settings := cfg.Detections()
	idle := slices.Clone(cfg.Rules.Disabled)
	for _, r := range rules {
		if r.Needs != nil && !r.Needs(&settings) {
			idle = append(idle, r.ID)
		}
	}
	return &alerting.Rules{Index: detect.Build(rules, idle), Settings: settings, Score: cfg.Scoring, Expected: cfg.Alerting.Expected, Stories: cfg.Alerting.Stories}, nil
}
