package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/config"
)

type rulesCmd struct {
	List rulesListCmd `cmd:"" help:"List the detections loaded."`
	Show rulesShowCmd `cmd:"" help:"Show one detection: why it matters, what to do, its examples."`
	Test rulesTestCmd `cmd:"" help:"Run every detection's own examples of what it must and must not match."`
}

func (rulesCmd) Help() string { return "Example:\n  trailwarden rules show s3-public-acl" }

// ruleSource says which detections a command is about.
type ruleSource struct {
	Config string `type:"path" placeholder:"FILE" help:"Settings, for the rules of rules.files; without, the built-in ones."`
}

func (r ruleSource) load(s *streams, more ...string) ([]*detect.Rule, error) {
	cfg, err := config.Load(r.Config, s.environ, false)
	if err != nil {
		return nil, err
	}
	cfg.Rules.Files = append(cfg.Rules.Files, more...)
	rules, err := app.Rules(cfg)
	if err != nil {
		return nil, err
	}
	return rules.Index.Rules(), nil
}

type rulesListCmd struct{ ruleSource }

func (rulesListCmd) Help() string { return "Example:\n  trailwarden rules list" }

func (c rulesListCmd) run(_ context.Context, s *streams) (int, error) {
	rules, err := c.load(s)
	if err != nil {
		return exitFailure, err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, r := range rules {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", visible(r.ID), r.Severity, visible(r.Title), visible(strings.Join(r.Techniques, " ")))
	}
	if err := table.Flush(); err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}

type rulesShowCmd struct {
	ruleSource
	ID string `arg:"" help:"Id of the rule."`
}

func (rulesShowCmd) Help() string { return "Example:\n  trailwarden rules show s3-public-acl" }

func (c rulesShowCmd) run(_ context.Context, s *streams) (int, error) {
	rules, err := c.load(s)
	if err != nil {
		return exitFailure, err
	}
	for _, r := range rules {
		if r.ID != c.ID {
			continue
		}
		fmt.Fprintf(s.out, "%s: %s (%s)\n\nWhy:        %s\nDo:         %s\nEvents:     %s\nTechniques: %s\nControls:   %s\n",
			visible(r.ID), visible(r.Title), r.Severity, visible(r.Why), visible(r.Do), visible(strings.Join(r.Events, ", ")),
			visible(strings.Join(r.Techniques, ", ")), visible(strings.Join(r.Controls, ", ")))
		for _, e := range r.Examples {
			fmt.Fprintf(s.out, "%s: %s\n", map[bool]string{true: "matches", false: "passes by"}[e.Match], e.Name)
		}
		return exitOK, nil
	}
	return exitFailure, fmt.Errorf("there is no rule %q; list them with: trailwarden rules list", c.ID)
}

type rulesTestCmd struct {
	ruleSource
	Dir string `arg:"" optional:"" help:"Folder of Sigma rules to test as well."`
}

func (rulesTestCmd) Help() string { return "Example:\n  trailwarden rules test /etc/trailwarden/rules" }

func (c rulesTestCmd) run(_ context.Context, s *streams) (int, error) {
	var more []string
	if c.Dir != "" {
		more = append(more, c.Dir)
	}
	rules, err := c.load(s, more...)
	if err != nil {
		return exitFailure, err
	}
	failed, examples := 0, 0
	for _, r := range rules {
		examples += len(r.Examples)
		if err := detect.RunExamples(r); err != nil {
			failed++
			fmt.Fprintln(s.err, visibleLines(err.Error()))
		}
	}
	fmt.Fprintf(s.out, "%d rules, %d examples: %d rules failed\n", len(rules), examples, failed)
	if failed > 0 {
		return exitFailure, nil
	}
	return exitOK, nil
}
