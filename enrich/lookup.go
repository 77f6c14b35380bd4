package enrich

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/geoip"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// refreshEvery is how often data files are looked at for changes.
const refreshEvery = time.Minute

// Lookup answers what is known of a record apart from its actor's history. It is safe for concurrent use, and
// goes on answering from its old data while new data is read.
type Lookup struct {
	log     *zap.Logger
	metrics *lookupMetrics
	data    atomic.Pointer[data]
	objects objects
	floods  floods

	mu      sync.Mutex // held while data is replaced
	fetched string     // why the last fetch of databases was not all well
}

// NewLookup opens every data file the settings name. All faults are told at once, joined. log and reg may be
// nil, as in replay.
func NewLookup(cfg Config, log *zap.Logger, reg prometheus.Registerer) (*Lookup, error) {
	if log == nil {
		log = zap.NewNop()
	}
	d, err := load(cfg)
	if err != nil {
		return nil, err
	}
	l := &Lookup{log: log.With(zap.String("stage", stage)), metrics: newLookupMetrics(reg)}
	l.data.Store(d)
	l.metrics.tell(l.Status())
	return l, nil
}

func load(cfg Config) (*data, error) {
	d := &data{cfg: cfg, names: bucketname.New(cfg.Buckets), own: map[string]bool{}}
	for _, id := range slices.AppendSeq(slices.Clone(cfg.KnownAccounts), maps.Keys(cfg.Accounts)) {
		d.own[id] = true
	}
	var errGeo, errNetworks error
	d.geo, errGeo = geoip.Open(cfg.GeoIP.WithFetched())
	d.networks, errNetworks = network.Open(cfg.Networks)
	if err := errors.Join(errGeo, errNetworks); err != nil {
		return nil, err
	}
	return d, nil
}

// Facts looks up everything but the history, which the shard adds.
func (l *Lookup) Facts(rec *cloudtrail.Record) Facts {
	d := l.data.Load()
	var f Facts
	l.metrics.time(addressEnricher, func() { f.Address = d.address(rec, time.Now()) })
	l.metrics.time(bucketEnricher, func() { f.Bucket = d.names.Look(rec.Bucket()) })
	f.Account = d.account(rec.OwnerAccount())
	return f
}

// Reload replaces settings and data; on an error nothing is replaced.
func (l *Lookup) Reload(cfg Config) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	d, err := load(cfg)
	if err != nil {
		return err
	}
	l.data.Store(d)
	l.metrics.tell(l.status(time.Now()))
	return nil
}

// Run re-reads data files that change, and fetches databases where that is configured, until ctx is done. What
// goes wrong is logged and told by Status, and the old data stays in use.
func (l *Lookup) Run(ctx context.Context) error {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	var last time.Time // of the last fetch
	for {
		if u := l.data.Load().cfg.GeoIP.Update; u.Enabled() && time.Since(last) >= time.Duration(u.Every) {
			last = time.Now()
			l.fetch(ctx, u)
		}
		l.refresh()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// fetch brings the databases of the configured account up to date and takes up editions that are new.
func (l *Lookup) fetch(ctx context.Context, u geoip.Update) {
	fresh, err := geoip.Fetch(ctx, u)
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	l.fetched = ""
	if err != nil {
		l.fetched = err.Error()
		l.log.Warn("GeoIP databases not fetched", zap.Error(err))
	}
	cfg := l.data.Load().cfg
	l.mu.Unlock()
	if fresh == 0 {
		return
	}
	if err := l.Reload(cfg); err != nil {
		l.log.Error("fetched GeoIP databases not usable", zap.Error(err))
		return
	}
	l.log.Info("GeoIP databases fetched", zap.Int("editions", fresh))
}

// refresh takes up data files that changed on disk.
func (l *Lookup) refresh() {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.data.Load()
	geo, newGeo, errGeo := old.geo.Refresh()
	networks, newNetworks, errNetworks := old.networks.Refresh()
	if newGeo || newNetworks {
		fresh := *old
		fresh.geo, fresh.networks = geo, networks
		l.data.Store(&fresh)
	}
	switch err := errors.Join(errGeo, errNetworks); {
	case err != nil:
		l.log.Error("changed data file not usable, the old data stays in use", zap.Error(err))
	case newGeo || newNetworks:
		l.log.Info("changed data files read")
	}
	l.metrics.tell(l.status(time.Now()))
}

// DataStatus is the state of one data file.
type DataStatus struct {
	Name    string    `json:"name"`           // "geoip.city", "networks: vpn-list"
	Path    string    `json:"path,omitempty"` // empty: none configured
	Built   time.Time `json:"built,omitzero"`
	Stale   bool      `json:"stale,omitempty"`
	Problem string    `json:"problem,omitempty"` // why not all is well with it
}

// Status tells the state of every data file.
func (l *Lookup) Status() []DataStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status(time.Now())
}

func (l *Lookup) status(now time.Time) []DataStatus {
	d := l.data.Load()
	var all []DataStatus
	for _, name := range absent(d.cfg.GeoIP.WithFetched()) {
		all = append(all, DataStatus{Name: "geoip." + name, Problem: "no database configured"})
	}
	for _, f := range d.geo.Files(now) {
		all = append(all, DataStatus{"geoip." + f.Setting, f.Path, f.Built, f.Stale, f.Problem})
	}
	for _, f := range d.networks.Files() {
		all = append(all, DataStatus{"networks: " + f.Name, f.Path, f.Dated, false, f.Problem})
	}
	if l.fetched != "" {
		all = append(all, DataStatus{Name: "geoip.update", Problem: l.fetched})
	}
	return all
}

// absent names the databases that would tell something no configured one tells.
func absent(cfg geoip.Config) []string {
	var names []string
	if cfg.City == "" {
		names = append(names, "city")
	}
	if cfg.ASN == "" {
		names = append(names, "asn")
	}
	if cfg.AnonymousIP == "" {
		names = append(names, "anonymous_ip")
	}
	return names
}
