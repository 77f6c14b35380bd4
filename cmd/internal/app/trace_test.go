package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/zap/zaptest"
	"google.golang.org/protobuf/proto"

	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// traces is a collector of traces that speaks OTLP over HTTP.
type traces struct {
	url string

	mu    sync.Mutex
	spans []*otlp.Span
}

func newTraces(t *testing.T) *traces {
	t.Helper()
	c := &traces{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var told collector.ExportTraceServiceRequest
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(body, &told)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("told %s %v", r.URL.Path, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range told.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// of are the spans of the event, by name and receiver.
func (c *traces) of(eventID string) map[string]*otlp.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]*otlp.Span{}
	for _, s := range c.spans {
		attributes := map[string]string{}
		for _, a := range s.GetAttributes() {
			attributes[a.GetKey()] = a.GetValue().GetStringValue()
		}
		if attributes["event_id"] == eventID {
			found[s.GetName()+attributes["receiver"]] = s
		}
	}
	return found
}

// TestATraceTellsTheWayOfAnEvent sends one event that is told of and one that nobody wants.
func TestATraceTellsTheWayOfAnEvent(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	told := newTraces(t)
	w := newWorld(t, url, "tracing: {endpoint: \""+told.url+"\"}")
	d := w.start(t)
	plain := ordinary(1, 1)[0]
	queue.Send(apiCall(t, kops().record()), apiCall(t, plain))
	toldOnce(t, d, w, deleted(queue, 2))
	if err := d.stop(); err != nil { // sends what is left
		t.Fatal(err)
	}
	spans := told.of(kops().id)
	parents := map[string]string{"consumer": "", "enrich": "consumer", "alerting": "enrich", "notifysoc": "alerting", "notifyoncall": "alerting"}
	got := map[string]string{}
	for name, s := range spans {
		got[name] = ""
		for parent, p := range spans {
			if string(p.GetSpanId()) == string(s.GetParentSpanId()) {
				got[name] = parent
			}
		}
		if string(s.GetTraceId()) != string(spans["consumer"].GetTraceId()) {
			t.Errorf("%s is of another trace", name)
		}
		if s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() || time.Since(time.Unix(0, int64(s.GetStartTimeUnixNano()))) > time.Minute {
			t.Errorf("%s began at %d and ended at %d", name, s.GetStartTimeUnixNano(), s.GetEndTimeUnixNano())
		}
	}
	if diff := cmp.Diff(parents, got); diff != "" {
		t.Errorf("spans and their parents (-want +got)\n%s", diff)
	}
	told.mu.Lock()
	defer told.mu.Unlock()
	if len(told.spans) != len(parents) {
		t.Errorf("%d spans, of an event that nobody wants as well", len(told.spans))
	}
}

// TestACollectorThatIsAwayIsInNobodysWay has spans refused, and sent to where nobody listens.
func TestACollectorThatIsAwayIsInNobodysWay(t *testing.T) {
	c := newCloud(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	t.Cleanup(refusing.Close)
	gone.Close()
	for name, endpoint := range map[string]string{"refuses": refusing.URL, "gone": gone.URL} {
		queue, url := c.queue(name, sqstest.Faults{})
		w := newWorld(t, url, "")
		d := startApp(t, app.Options{
			ConfigFile: w.file, Environ: []string{"TRAILWARDEN_TRACING_ENDPOINT=" + endpoint}, Version: "1.2.3", Log: zaptest.NewLogger(t), Console: io.Discard,
		})
		queue.Send(apiCall(t, kops().record()))
		toldOnce(t, d, w, deleted(queue, 1))
		if name == "refuses" {
			eventually(t, "dropped spans are counted", func() bool { return d.metric(t, "trailwarden_trace_spans_total") >= 5 })
		}
		began := time.Now()
		if err := d.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: stopping took %s", name, took)
		}
	}
}
