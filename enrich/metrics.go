package enrich

import "github.com/prometheus/client_golang/prometheus"

// metrics are a worker's.
type metrics struct {
	records [outcomes]prometheus.Counter
	actors  *prometheus.GaugeVec // by shard
}

func newMetrics(reg prometheus.Registerer) *metrics {
	records := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "trailwarden_enrich_records_total", Help: "Records taken in, by what became of them.",
	}, []string{"outcome"})
	m := &metrics{
		actors: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "trailwarden_enrich_actors", Help: "Actors in memory, by shard.",
		}, []string{"shard"}),
	}
	for i := range m.records {
		m.records[i] = records.WithLabelValues(Outcome(i).String())
	}
	reg.MustRegister(records, m.actors)
	return m
}
