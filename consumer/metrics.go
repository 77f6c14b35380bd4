package consumer

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	messages               *prometheus.CounterVec // by queue and result
	published, quarantined prometheus.Counter     // records
	age                    prometheus.Histogram
	canaries               *prometheus.CounterVec // by queue and result
	ignored                *prometheus.CounterVec // by kind
}

func newMetrics(reg prometheus.Registerer, links []link) *metrics {
	records := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "trailwarden_consumer_records_total", Help: "CloudTrail records taken in.",
	}, []string{"result"})
	m := &metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_consumer_messages_total", Help: "Queue messages worked on; failed ones come again.",
		}, []string{"queue", "result"}),
		published:   records.WithLabelValues("published"),
		quarantined: records.WithLabelValues("quarantined"),
		age: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "trailwarden_consumer_event_age_seconds", Help: "Age of the first event of each log object, or of an event, when it was read: CloudTrail's own delay.",
			Buckets: []float64{1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 14400, 86400},
		}),
	}
	m.canaries = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "trailwarden_consumer_canaries_total", Help: "Canaries to be sent through the queues, by what came of it.",
	}, []string{"queue", "result"})
	m.ignored = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "trailwarden_consumer_ignored_total", Help: "Parts of messages and objects that are known and of no interest, such as s3:TestEvent or GuardDuty findings.",
	}, []string{"kind"})
	for _, l := range links {
		for _, result := range []string{resultDone, resultIgnored, resultQuarantined, resultFailed} {
			m.messages.WithLabelValues(l.queue.Name(), result)
		}
	}
	reg.MustRegister(records, m.messages, m.age, m.canaries, m.ignored)
	return m
}

// Results of a message, as the metric names them.
const (
	resultDone        = "done"
	resultIgnored     = "ignored"
	resultQuarantined = "quarantined"
	resultFailed      = "failed"
)
