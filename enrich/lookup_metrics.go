package enrich

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The enrichers a look-up is timed by.
const (
	addressEnricher = "address"
	bucketEnricher  = "bucketname"
	historyEnricher = "history"
)

// lookupMetrics are a Lookup's.
type lookupMetrics struct {
	seconds *prometheus.HistogramVec // by enricher
	stale   *prometheus.GaugeVec
	faulty  *prometheus.GaugeVec
}

// newLookupMetrics registers them; with a nil reg they are kept to themselves.
func newLookupMetrics(reg prometheus.Registerer) *lookupMetrics {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "trailwarden_enrich_lookup_seconds", Help: "Time to look up the facts about one record, by enricher.",
		Buckets: prometheus.ExponentialBuckets(1e-6, 4, 9),
	}, []string{"enricher"})
	m := &lookupMetrics{
		seconds: seconds,
		stale: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "trailwarden_enrich_data_stale", Help: "1 if a data file is older than it should be.",
		}, []string{"data"}),
		faulty: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "trailwarden_enrich_data_faulty", Help: "1 if data is absent, or a newer state of its file cannot be used.",
		}, []string{"data"}),
	}
	for _, enricher := range []string{addressEnricher, bucketEnricher, historyEnricher} {
		m.seconds.WithLabelValues(enricher) // there from the start
	}
	if reg != nil {
		reg.MustRegister(seconds, m.stale, m.faulty)
	}
	return m
}

func (m *lookupMetrics) time(enricher string, look func()) {
	start := time.Now()
	look()
	m.seconds.WithLabelValues(enricher).Observe(time.Since(start).Seconds())
}

// tell sets the gauges by the present state of the data.
func (m *lookupMetrics) tell(all []DataStatus) {
	m.stale.Reset()
	m.faulty.Reset()
	number := map[bool]float64{true: 1}
	for _, s := range all {
		label := strings.TrimPrefix(s.Name, "networks: ")
		m.stale.WithLabelValues(label).Set(number[s.Stale])
		m.faulty.WithLabelValues(label).Set(number[s.Problem != ""])
	}
}
