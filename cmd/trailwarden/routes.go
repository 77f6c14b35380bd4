package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/config"
)

type routesCmd struct {
	Test routesTestCmd `cmd:"" help:"Say which receivers an alert would reach, and why."`
}

func (routesCmd) Help() string {
	return "Example:\n  trailwarden routes test --config FILE severity=high account=111122223333"
}

type routesTestCmd struct {
	Config string   `type:"path" required:"" placeholder:"FILE" help:"Settings."`
	Labels []string `arg:"" name:"key=value" help:"The alert: severity, account, rule, bucket, attempt, suppressed."`
}

func (routesTestCmd) Help() string {
	return "Example:\n  trailwarden routes test --config FILE severity=high account=111122223333 bucket=kops-state"
}

func (c routesTestCmd) run(_ context.Context, s *streams) (int, error) {
	cfg, err := config.Load(c.Config, s.environ, false)
	if err != nil {
		return exitFailure, err
	}
	var a alert.Alert
	for _, label := range c.Labels {
		if err := setLabel(&a, label); err != nil {
			return exitUsage, err
		}
	}
	routing := cfg.Alerting.Notify.RouteAt(&a, time.Now())
	for _, name := range routing.Receivers {
		fmt.Fprintln(s.out, visible(name))
	}
	for _, step := range routing.Steps {
		fmt.Fprintln(s.err, visible(step))
	}
	return exitOK, nil
}

func setLabel(a *alert.Alert, label string) (err error) {
	key, value, ok := strings.Cut(label, "=")
	if !ok {
		return fmt.Errorf("%q is no key=value; write it like severity=high", label)
	}
	switch key {
	case "severity":
		a.Severity, err = alert.ParseSeverity(value)
	case "account":
		a.AccountID = value
	case "rule":
		a.RuleID = value
	case "bucket":
		a.Bucket = value
	case "suppressed":
		var suppressed bool
		if suppressed, err = strconv.ParseBool(value); suppressed {
			a.Status = alert.Suppressed
		}
	case "attempt":
		a.Attempt, err = strconv.ParseBool(value)
	default:
		err = fmt.Errorf("unknown key %q: use severity, account, rule, bucket, attempt or suppressed", key)
	}
	return err
}
