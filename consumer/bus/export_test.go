package bus

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// OpenFast is Open with leases of a fraction of a second.
func OpenFast(ctx context.Context, cfg Config, log *zap.Logger, reg prometheus.Registerer) (*Bus, error) {
	return open(ctx, cfg, Part{Settles: true}, "", log, reg, timing{
		reconnect: 20 * time.Millisecond, again: 20 * time.Millisecond,
		renew: 100 * time.Millisecond, lease: 800 * time.Millisecond, safety: 200 * time.Millisecond, look: 50 * time.Millisecond, patience: time.Second,
	})
}
