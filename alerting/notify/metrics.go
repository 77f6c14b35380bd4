package notify

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Results of a notification, the values of the label of that name.
const (
	resultDelivered = "delivered" // told
	resultCoalesced = "coalesced" // had been told together with a later revision
	resultRetried   = "retried"   // an attempt that will be repeated
	resultPlain     = "text_only" // told as text, since the blocks were refused
	resultDead      = "dead"      // refused for good
)

type metrics struct {
	notifications *prometheus.CounterVec
	pending       *prometheus.GaugeVec
	toNotify      prometheus.Histogram
	reg           prometheus.Registerer
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		reg: reg,
		notifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailwarden_alerting_notifications_total", Help: "Notifications by receiver and what became of them.",
		}, []string{"receiver", "result"}),
		pending: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "trailwarden_alerting_outbox_pending", Help: "Notifications waiting in a receiver's lane.",
		}, []string{"receiver"}),
		toNotify: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "trailwarden_alerting_receive_to_notify_seconds", Help: "From receiving an event to the first telling of its alert.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		}),
	}
	reg.MustRegister(m.notifications, m.pending, m.toNotify)
	return m
}

// lane creates the label values of a receiver, and the gauges of whether it is ready and how long its oldest notification
// waits.
func (m *metrics) lane(receiver string, oldest func() time.Time, ready func() bool, undelivered func() int) {
	for _, result := range []string{resultDelivered, resultCoalesced, resultRetried, resultPlain, resultDead} {
		m.notifications.WithLabelValues(receiver, result)
	}
	m.pending.WithLabelValues(receiver)
	m.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "trailwarden_alerting_undelivered_alerts", Help: "Alerts that a receiver refused for good since the start, and was not told of after that.",
		ConstLabels: prometheus.Labels{"receiver": receiver},
	}, func() float64 { return float64(undelivered()) }))
	m.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "trailwarden_alerting_receiver_ready", Help: "1 while a receiver can be told, 0 while it does not answer or refuses its token, key or channel.",
		ConstLabels: prometheus.Labels{"receiver": receiver},
	}, func() float64 {
		if ready() {
			return 1
		}
		return 0
	}))
	m.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "trailwarden_alerting_outbox_oldest_seconds", Help: "How long the oldest notification of a receiver's lane has waited.",
		ConstLabels: prometheus.Labels{"receiver": receiver},
	}, func() float64 {
		if at := oldest(); !at.IsZero() {
			return max(time.Since(at).Seconds(), 0)
		}
		return 0
	}))
}
