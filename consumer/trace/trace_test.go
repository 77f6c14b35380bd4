package trace_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	"github.com/trailwarden/trailwarden/consumer/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// told is what a collector was told: the ids of each span.
type told struct {
	mu   sync.Mutex
	path string
	ids  []string
}

func (c *told) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	_ = proto.Unmarshal(body, &request)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.path = r.URL.Path
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.ids = append(c.ids, string(s.GetTraceId())+string(s.GetSpanId())+string(s.GetParentSpanId()))
			}
		}
	}
}

func open(t *testing.T, endpoint string) *trace.Tracer {
	t.Helper()
	tracer, err := trace.New(t.Context(), trace.Config{Endpoint: endpoint}, "1.2.3", zap.NewNop(), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

func TestTwoProcessesNameTheSameSpansAlike(t *testing.T) {
	var all [2]told
	for i := range all {
		server := httptest.NewServer(&all[i])
		tracer := open(t, server.URL+[]string{"", "/collect"}[i])
		now := time.Now()
		tracer.Stage("event-1", trace.Consumer, "", now, now)
		tracer.Stage("event-1", trace.Notify, "soc", now, now)
		tracer.Stage("event-1", trace.Notify, "oncall", now.Add(time.Second), now)
		tracer.Stage("event-2", trace.Consumer, "", now, now)
		tracer.Stage("", trace.Consumer, "", now, now) // by no event
		tracer.Close(t.Context())
		server.Close()
		slices.Sort(all[i].ids)
	}
	if len(all[0].ids) != 4 || len(slices.Compact(slices.Clone(all[0].ids))) != 4 || !slices.Equal(all[0].ids, all[1].ids) {
		t.Errorf("spans %q and %q", all[0].ids, all[1].ids)
	}
	if all[0].path != "/v1/traces" || all[1].path != "/collect" {
		t.Errorf("told at %s and %s", all[0].path, all[1].path)
	}
}

func TestWithoutAnEndpointNothingIsDone(t *testing.T) {
	tracer := open(t, "")
	if tracer.On() {
		t.Error("on")
	}
	if n := testing.AllocsPerRun(100, func() { tracer.Stage("event-1", trace.Enrich, "", time.Time{}, time.Time{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	tracer.Close(t.Context())
}

// TestACollectorThatHangsHoldsUpNothing tells far more spans than are kept to a collector that does not answer.
func TestACollectorThatHangsHoldsUpNothing(t *testing.T) {
	free := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-free:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(free)
	tracer := open(t, server.URL)
	began := time.Now()
	for range 20_000 {
		tracer.Stage("event-1", trace.Consumer, "", began, began)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("telling took %s", took)
	}
	ended := time.Now()
	tracer.Close(context.WithoutCancel(t.Context()))
	if took := time.Since(ended); took > 10*time.Second {
		t.Errorf("closing took %s", took)
	}
}

func TestValidate(t *testing.T) {
	for endpoint, want := range map[string]int{"": 0, "http://127.0.0.1:4318": 0, "https://c.example.org/v1/traces": 0, "127.0.0.1:4318": 1, "grpc://c:4317": 1, "%": 1} {
		faults := 0
		trace.Config{Endpoint: endpoint}.Validate(func(string, string) { faults++ })
		if faults != want {
			t.Errorf("%q: %d faults, want %d", endpoint, faults, want)
		}
	}
}
