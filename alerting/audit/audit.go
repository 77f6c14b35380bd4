// Package audit writes down who did what by hand, in one form whatever it was and whichever way it came: one line at
// level Info with the message "command carried out" and the keys action, actor and via, and, where they are known,
// source_ip, reason, and the id of what it was done to: alert_id, silence_id or sequence.
package audit

import (
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

// The ways in which a command comes.
const (
	API    = "api"    // the HTTP API: scripts, curl, and this program's own commands
	Slack  = "slack"  // a button
	Signal = "signal" // SIGHUP
)

// The actions that are no word on an alert; those are told by the names of package incident.
const (
	Silence = "silence"
	Expire  = "expire"
	Resend  = "resend"
	Drop    = "drop"
	Reload  = "reload"
)

// Entry is one thing that was done.
type Entry struct {
	Action string
	Actor  string // who, by the name given
	Via    string // API, Slack or Signal
	Source string // address it came from; empty if there is none
	Reason string
}

// Log writes an entry down; more are the fields that say what it was done to.
func Log(log *zap.Logger, e Entry, more ...zap.Field) {
	fields := append([]zap.Field{
		zap.String("stage", "audit"), zap.String("action", e.Action), zap.String("actor", safetext.Line(e.Actor)), zap.String("via", e.Via),
	}, more...)
	if e.Source != "" {
		fields = append(fields, zap.String("source_ip", e.Source))
	}
	if e.Reason != "" {
		fields = append(fields, zap.String("reason", safetext.Line(e.Reason)))
	}
	log.Info("command carried out", fields...)
}
