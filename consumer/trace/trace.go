// Package trace tells an OpenTelemetry collector of the way of single events: one span for each stage, from the moment
// an event was received to each notification of it. Only events that some rule wants have spans.
//
// Nothing travels for it from stage to stage: the ids of a trace and its spans are made of the event's id, so every
// process names them alike, and the same event taken in twice is the same trace.
//
// A nil *Tracer is one that is turned off. Spans are sent in the background; when that fails, or there are too many,
// they are dropped, and all else goes on.
package trace

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
)

// Config is the `tracing` part of the settings.
type Config struct {
	// Endpoint is the URL of a collector that takes OTLP over HTTP; /v1/traces is added where it has no path. Empty: no
	// traces. The exporter's own variables, such as OTEL_EXPORTER_OTLP_HEADERS, hold as well.
	Endpoint string `yaml:"endpoint"`
}

// Validate reports every fault by its path within the part.
func (c Config) Validate(report func(path, problem string)) {
	if c.Endpoint == "" {
		return
	}
	if u, err := url.Parse(c.Endpoint); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		report("endpoint", "is no http or https URL; give the collector's, like http://127.0.0.1:4318")
	}
}

// The stages, in the order of an event's way.
const (
	Consumer = "consumer" // from receiving it to its being stored
	Enrich   = "enrich"   // to its finding being stored
	Alerting = "alerting" // to its alert being stored
	Notify   = "notify"   // to a receiver's answer
)

// before is the stage that hands over to a stage; empty for the first.
func before(stage string) string {
	return map[string]string{Enrich: Consumer, Alerting: Enrich, Notify: Alerting}[stage]
}

// Tracer sends spans.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New makes a tracer; nil without an endpoint. It makes no call.
func New(ctx context.Context, cfg Config, version string, log *zap.Logger, reg prometheus.Registerer) (*Tracer, error) {
	if cfg.Endpoint == "" {
		return nil, nil //nolint:nilnil // a nil Tracer is one that is turned off.
	}
	endpoint, err := url.Parse(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("tracing.endpoint: %w", err)
	}
	if endpoint.Path == "" || endpoint.Path == "/" {
		endpoint.Path = "/v1/traces"
	}
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint.String()))
	if err != nil {
		return nil, fmt.Errorf("open the exporter of traces: %w", err)
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(newExporter(out, log, reg)), sdk.WithIDGenerator(ids{}), sdk.WithSampler(sdk.AlwaysSample()),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "trailwarden"), attribute.String("service.version", version))),
	)
	return &Tracer{provider: provider, tracer: provider.Tracer("github.com/trailwarden/trailwarden")}, nil
}

// Stage tells that an event went through a stage between two moments. To is what it went to, where a stage has several
// ends: a receiver's name; empty otherwise. attributes are names and values by turns.
func (t *Tracer) Stage(eventID, stage, to string, began, ended time.Time, attributes ...string) {
	if t == nil || eventID == "" || began.IsZero() {
		return
	}
	ctx := context.WithValue(context.Background(), idKey{}, span{eventID, stage, to})
	if prior := before(stage); prior != "" {
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: traceID(eventID), SpanID: spanID(span{eventID, prior, ""}), TraceFlags: trace.FlagsSampled, Remote: true,
		}))
	}
	all := []attribute.KeyValue{attribute.String("event_id", eventID)}
	for i := 0; i+1 < len(attributes); i += 2 {
		all = append(all, attribute.String(attributes[i], attributes[i+1]))
	}
	if ended.Before(began) { // two hosts' clocks
		began = ended
	}
	_, s := t.tracer.Start(ctx, stage, trace.WithTimestamp(began), trace.WithAttributes(all...))
	s.End(trace.WithTimestamp(ended))
}

// On reports whether spans are sent, for those who would have to keep something for them.
func (t *Tracer) On() bool { return t != nil }

// closeWait bounds how long the last spans are waited for.
const closeWait = 2 * time.Second

// Close sends what is left.
func (t *Tracer) Close(ctx context.Context) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, closeWait)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // what could not be sent has been counted and logged
}

// span names one.
type span struct{ eventID, stage, to string }

type idKey struct{}

// ids makes the ids of the span that a context names.
type ids struct{}

var _ sdk.IDGenerator = ids{}

// NewIDs implements sdk.IDGenerator.
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	s, _ := ctx.Value(idKey{}).(span)
	return traceID(s.eventID), spanID(s)
}

// NewSpanID implements sdk.IDGenerator.
func (ids) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	s, _ := ctx.Value(idKey{}).(span)
	return spanID(s)
}

func traceID(eventID string) trace.TraceID {
	sum := sha256.Sum256([]byte("trace\x00" + eventID))
	return trace.TraceID(sum[:16])
}

func spanID(s span) trace.SpanID {
	sum := sha256.Sum256([]byte("span\x00" + s.eventID + "\x00" + s.stage + "\x00" + s.to))
	return trace.SpanID(sum[:8])
}
