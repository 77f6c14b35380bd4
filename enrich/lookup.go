package enrich

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// Lookup answers what is known of a record apart from its actor's history. It is safe for concurrent use, and
// goes on answering from its old data while new data is read.
type Lookup struct{}

// NewLookup opens every data file the settings name. All faults are told at once, joined.
func NewLookup(cfg Config, log *zap.Logger, reg prometheus.Registerer) (*Lookup, error) {
	return &Lookup{}, nil
}

// Facts looks up everything but the history, which the worker adds.
func (l *Lookup) Facts(rec *cloudtrail.Record) Facts { return Facts{} }

// Reload replaces settings and data; on an error nothing is replaced.
func (l *Lookup) Reload(cfg Config) error { return nil }

// Run re-reads data files that change, and fetches databases where that is configured, until ctx is done.
func (l *Lookup) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Status tells the state of every data file.
func (l *Lookup) Status() []DataStatus { return nil }

// DataStatus is the state of one data file.
type DataStatus struct {
	Name    string    // "geoip.city", "networks: vpn-list"
	Path    string    // empty: none configured
	Built   time.Time // zero: unknown
	Stale   bool
	Problem string // why the file in use is not the newest one; empty if all is well
}

// OriginCache finds origins for one worker; it is not safe for concurrent use. It never grows.
type OriginCache struct{}

// Origins makes a cache for one worker.
func (l *Lookup) Origins() *OriginCache { return &OriginCache{} }

// Of gives the origin of a sourceIPAddress as recorded: an address, a service host or anything else.
func (c *OriginCache) Of(sourceIP []byte) history.Origin { return history.Origin{} }
