package alerting

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/pulse"
)

type metrics struct {
	alerts  *prometheus.CounterVec
	matches *prometheus.CounterVec
	lookups *prometheus.CounterVec
	// sources and listening are told by the process that has the dead-man's switch.
	sources, listening *prometheus.GaugeVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		alerts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_alerts_total", Help: "Alerts opened, by severity.",
		}, []string{"severity"}),
		matches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_rules_matches_total", Help: "Findings that a rule matched.",
		}, []string{"rule_id"}),
	}
	m.lookups = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "trailwarden_alerting_live_lookups_total", Help: "Times S3 was to be asked about a bucket, by what came of it.",
	}, []string{"result"})
	m.sources = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "trailwarden_alerting_sources", Help: "Accounts, regions of accounts and the feed itself, by whether their silence would be told.",
	}, []string{"state"})
	m.listening = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "trailwarden_alerting_listening", Help: "1 while silence can be told: the queues answer and hold no backlog.",
	}, nil)
	reg.MustRegister(m.alerts, m.matches, m.lookups, m.sources, m.listening)
	for _, r := range lookResults() {
		m.lookups.WithLabelValues(r)
	}
	for _, s := range alert.Severities() {
		m.alerts.WithLabelValues(s.String())
	}
	return m
}

// watched tells what the dead-man's switch sees.
func (m *metrics) watched(b *pulse.Book, listening bool) {
	silent, watched, learning := b.Tally()
	m.sources.WithLabelValues("silent").Set(float64(silent))
	m.sources.WithLabelValues("watched").Set(float64(watched))
	m.sources.WithLabelValues("learning").Set(float64(learning))
	now := 0.0
	if listening {
		now = 1
	}
	m.listening.WithLabelValues().Set(now)
}

// unwatched says nothing more of it: another process does, or nobody.
func (m *metrics) unwatched() {
	m.sources.Reset()
	m.listening.Reset()
}

func (m *metrics) matched(rules []string) {
	for _, id := range rules {
		m.matches.WithLabelValues(id).Inc()
	}
}
