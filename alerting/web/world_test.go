package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/alerting/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// daemon is a backend in memory.
type daemon struct {
	web.Silencer   // but for the list
	web.Undertaker // none

	alerts    []*alert.Alert
	stories   []*alert.Story
	silences  []silence.Silence
	parts     []web.Part
	down      error // what the store says to everything
	sick      error
	elsewhere error // who answers instead
	faults    error // of the settings
	reloads   int
	commanded []web.Command
}

var _ web.Backend = (*daemon)(nil)

func (d *daemon) Silences(context.Context) ([]silence.Silence, error) {
	return slices.Clone(d.silences), d.down
}

func (d *daemon) Healthy() error    { return d.sick }
func (d *daemon) Answers() error    { return d.elsewhere }
func (d *daemon) Ready() []web.Part { return d.parts }
func (d *daemon) Reload(context.Context, web.Hand) error {
	d.reloads++
	return d.faults
}

func (d *daemon) Store(context.Context) (any, error) { return map[string]int{"lost": 0}, d.down }

func (d *daemon) Ledger(context.Context) (any, error) {
	return map[string]int{"unaccounted": 0}, d.down
}

func (d *daemon) Alerts(_ context.Context, f alert.Filter, limit int, cursor string) (alert.Page, error) {
	page := alert.Page{Alerts: []*alert.Alert{}}
	from := 0
	if cursor != "" {
		if from = 1 + slices.IndexFunc(d.alerts, func(a *alert.Alert) bool { return "after-"+a.ID == cursor }); from == 0 {
			return page, web.ErrCursor
		}
	}
	for _, a := range d.alerts[from:] {
		switch {
		case !f.Matches(a):
		case len(page.Alerts) < limit:
			page.Alerts = append(page.Alerts, a)
		default:
			page.Next = "after-" + page.Alerts[limit-1].ID
		}
	}
	return page, d.down
}

func (d *daemon) Tally(context.Context) (live, all int, err error) {
	for _, a := range d.alerts {
		if a.Status.Live() {
			live++
		}
	}
	return live, len(d.alerts), d.down
}

func (d *daemon) Stories(_ context.Context, limit int, cursor string) (alert.StoryPage, error) {
	if cursor != "" {
		return alert.StoryPage{}, web.ErrCursor
	}
	page := alert.StoryPage{Stories: d.stories}
	if len(d.stories) > limit {
		page.Stories, page.Next = d.stories[:limit], "after-"+d.stories[limit-1].ID
	}
	return page, d.down
}

func (d *daemon) Story(_ context.Context, id string) (*alert.Story, error) {
	for _, s := range d.stories {
		if s.ID == id {
			return s, d.down
		}
	}
	return nil, errors.Join(d.down, web.ErrNoStory)
}

func (d *daemon) EachAlert(_ context.Context, visit func(*alert.Alert) error) error {
	for _, a := range d.alerts {
		if err := visit(a); err != nil {
			return err
		}
	}
	return d.down
}

func (d *daemon) Alert(_ context.Context, id string) (*alert.Alert, error) {
	for _, a := range d.alerts {
		if a.ID == id {
			return a, d.down
		}
	}
	return nil, errors.Join(d.down, web.ErrNoAlert)
}

func (d *daemon) Command(ctx context.Context, id string, do web.Command) (*alert.Alert, error) {
	a, err := d.Alert(ctx, id)
	if err == nil {
		d.commanded = append(d.commanded, do)
	}
	return a, err
}

// story is a daemon with two alerts.
func story() *daemon {
	return &daemon{
		alerts: []*alert.Alert{notifytest.KopsState(), notifytest.CharityWebsite()},
		parts:  []web.Part{{Name: "nats"}, {Name: "geoip", Note: "built 90 days ago"}},
	}
}

// serve runs a server until the test ends, and gives its address.
func serve(t *testing.T, d *daemon, change func(*web.Config)) string {
	t.Helper()
	cfg := web.DefaultConfig()
	cfg.Listen = "127.0.0.1:0"
	if change != nil {
		change(&cfg)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "trailwarden_build_info", Help: "1."}))
	s, err := web.New(cfg, d, registry, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s.Addr().String()
}

// answer is what came back.
type answer struct {
	status int
	body   string
	header http.Header
}

// ask makes a request; change may add to it.
func ask(t *testing.T, method, url, body string, change func(*http.Request)) answer {
	t.Helper()
	return askWith(t, &http.Transport{DisableKeepAlives: true}, method, url, body, change)
}

func askWith(t *testing.T, transport *http.Transport, method, url, body string, change func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, string(data), resp.Header}
}

func get(t *testing.T, url string) answer {
	t.Helper()
	return ask(t, http.MethodGet, url, "", nil)
}

// file writes a file of the test's own and gives its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
