package notify

import (
	"context"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Store is where the lanes find the alerts.
type Store interface {
	// Alert gives the alert in its latest state, at least as new as any notification of it that has been
	// queued; nil without an error when there is no such alert any more. The lane does not change it.
	Alert(ctx context.Context, id string) (*alert.Alert, error)
}
