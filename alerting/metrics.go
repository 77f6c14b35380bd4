package alerting

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

type metrics struct {
	alerts  *prometheus.CounterVec
	matches *prometheus.CounterVec
	lookups *prometheus.CounterVec
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
	reg.MustRegister(m.alerts, m.matches, m.lookups)
	for _, r := range lookResults() {
		m.lookups.WithLabelValues(r)
	}
	for _, s := range alert.Severities() {
		m.alerts.WithLabelValues(s.String())
	}
	return m
}

func (m *metrics) matched(rules []string) {
	for _, id := range rules {
		m.matches.WithLabelValues(id).Inc()
	}
}
