package trace

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
)

// warnEvery is how often it is logged that the collector does not take spans.
const warnEvery = 5 * time.Minute

// exporter counts what is sent and what is not, and keeps errors from the SDK, which would write them to stderr.
type exporter struct {
	sdk.SpanExporter
	log          *zap.Logger
	sent, failed prometheus.Counter

	mu     sync.Mutex
	warned time.Time
}

func newExporter(out sdk.SpanExporter, log *zap.Logger, reg prometheus.Registerer) *exporter {
	spans := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "trailwarden_trace_spans_total", Help: "Spans handed to the collector of traces, by whether it took them.",
	}, []string{"result"})
	reg.MustRegister(spans)
	return &exporter{SpanExporter: out, log: log.With(zap.String("stage", "trace")), sent: spans.WithLabelValues("sent"), failed: spans.WithLabelValues("failed")}
}

// ExportSpans implements sdk.SpanExporter. It never returns an error: nobody could do anything about it.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		e.sent.Add(float64(len(spans)))
		return nil
	}
	e.failed.Add(float64(len(spans)))
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.warned) > warnEvery {
		e.warned = time.Now()
		e.log.Warn("spans dropped", zap.Int("spans", len(spans)), zap.Error(err))
	}
	return nil
}
