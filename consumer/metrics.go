package consumer

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/trailwarden/trailwarden/consumer/sqs"
)

type metrics struct {
	messages               *prometheus.CounterVec // by queue and result
	objects                *prometheus.CounterVec // by result
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
		objects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_consumer_objects_total",
			Help: "Log objects and files worked on, by what came of it; refused, failed and untried ones come again, stalled counts reads that were ended.",
		}, []string{"result"}),
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
	for _, result := range []string{"read", "ignored", "refused", "missing", "unlisted", "broken", "untried", resultStalled, resultFailed} {
		m.objects.WithLabelValues(result)
	}
	for _, l := range links {
		watchDeleting(reg, l.queue)
		for _, result := range []string{resultDone, resultIgnored, resultQuarantined, resultFailed} {
			m.messages.WithLabelValues(l.queue.Name(), result)
		}
	}
	reg.MustRegister(records, m.messages, m.objects, m.age, m.canaries, m.ignored)
	return m
}

func watchDeleting(reg prometheus.Registerer, queue *sqs.Queue) {
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "trailwarden_consumer_delete_refused", Help: "1 while a queue refuses to delete messages that are done: they come again.",
		ConstLabels: prometheus.Labels{"queue": queue.Name()},
	}, func() float64 {
		if queue.Undeleted() != nil {
			return 1
		}
		return 0
	}))
}

// Results of a message, as the metric names them.
const (
	resultDone        = "done"
	resultIgnored     = "ignored"
	resultQuarantined = "quarantined"
	resultFailed      = "failed"
	resultStalled     = "stalled" // of an object
)
