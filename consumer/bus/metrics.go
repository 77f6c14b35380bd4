package bus

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	connection *prometheus.CounterVec // event
	retries    prometheus.Counter
	parked     prometheus.Counter
	dropped    *prometheus.CounterVec // stage
	owned      *prometheus.GaugeVec   // group
	lost       *prometheus.CounterVec // group
	restarts   *prometheus.CounterVec // stream
	anew       prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer, unanswered, lost func() float64) *metrics {
	m := &metrics{
		connection: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_bus_connection_events_total", Help: "What happened to the NATS connection.",
		}, []string{"event"}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "trailwarden_bus_publish_retries_total", Help: "Messages sent again because they were not acknowledged.",
		}),
		parked: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "trailwarden_bus_dead_letters_total", Help: "Entries parked in the dead letters.",
		}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_bus_dead_letters_dropped_total", Help: "Oldest dead letters that had to go because their stage had filled its share.",
		}, []string{"stage"}),
		owned: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "trailwarden_bus_shards_owned", Help: "Shards this process works on.",
		}, []string{"group"}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_bus_leases_lost_total", Help: "Times this process could not keep its shards.",
		}, []string{"group"}),
		restarts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_bus_lanes_restarted_total", Help: "Lanes read anew from their first message, because their stream was made anew or had lost its end.",
		}, []string{"stream"}),
		anew: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "trailwarden_bus_lanes_behind", Help: "Lanes that are read anew and have not caught up.",
		}),
	}
	for _, stream := range []string{streamEvents, streamFindings, streamNotify} {
		m.restarts.WithLabelValues(stream)
	}
	for _, event := range []string{"disconnected", "reconnected", "closed", "error"} {
		m.connection.WithLabelValues(event)
	}
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "trailwarden_bus_unacknowledged_seconds", Help: "For how long no write was acknowledged, or the one that waits longest waits; beyond 10 the process is not ready.",
	}, unanswered), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "trailwarden_bus_lost_messages", Help: "Stored messages and values that were ever found to be lost; trailwarden store check names them.",
	}, lost))
	reg.MustRegister(m.connection, m.retries, m.parked, m.dropped, m.owned, m.lost, m.restarts, m.anew)
	return m
}
