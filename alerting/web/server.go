package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Backend is what the server shows and does.
type Backend interface {
	// Healthy returns nil while the process does its work.
	Healthy() error
	// Ready tells of every part whether it was seen to work.
	Ready() []Part
	// Answers is nil if this process can answer for alerts, silences, dead letters and the ledger; else it says who can.
	Answers() error
	// Ledger is what went in and what came out, as the public JSON.
	Ledger(ctx context.Context) (any, error)
	// Alerts gives at most limit stored alerts that match, newest first, behind the one that the cursor of another page
	// names; ErrCursor for a cursor that is none.
	Alerts(ctx context.Context, f alert.Filter, limit int, cursor string) (alert.Page, error)
	// Stories gives at most limit stories, newest first, behind the one that the cursor of another page names; ErrCursor for a
	// cursor that is none.
	Stories(ctx context.Context, limit int, cursor string) (alert.StoryPage, error)
	// Story gives one story; ErrNoStory if there is none with that id.
	Story(ctx context.Context, id string) (*alert.Story, error)
	// Tally counts the stored alerts, and those that are open or acknowledged.
	Tally(ctx context.Context) (live, all int, err error)
	// EachAlert calls visit for every stored alert, in no order. One that changes meanwhile may come twice.
	EachAlert(ctx context.Context, visit func(*alert.Alert) error) error
	// Alert gives one alert; ErrNoAlert if there is none with that id.
	Alert(ctx context.Context, id string) (*alert.Alert, error)
	// Command acknowledges or resolves an alert in somebody's name and gives the alert as it then stands.
	Command(ctx context.Context, id string, do Command) (*alert.Alert, error)
	// Reload reads the settings anew; an error tells every fault, and the old settings go on.
	Reload(ctx context.Context, hand Hand) error
	// Store verifies what is stored, and tells what is damaged or was lost, as the public JSON.
	Store(ctx context.Context) (any, error)
	Silencer
	Undertaker
}

// Part is one thing that must work before the daemon is ready.
type Part struct {
	Name string
	Err  error  // nil once it was seen to work
	Note string // worth knowing, ready or not: "GeoIP city database is 90 days old"
}

// Command is a person's word on an alert.
type Command struct {
	Action string // "acknowledge" or "resolve"
	Reason string
	Hand   Hand
}

// ErrCursor is Alerts's error for a cursor that no page came with.
var ErrCursor = errors.New("unknown cursor")

// ErrNoAlert is Alert's and Command's error for an id that no stored alert has.
var ErrNoAlert = errors.New("no such alert")

// ErrNoStory is Story's error for an id that no story has.
var ErrNoStory = errors.New("no such story")

// Server is the HTTP side of the daemon.
type Server struct {
	cfg     Config
	backend Backend
	log     *zap.Logger
	server  *http.Server
	ln      net.Listener

	interactions http.Handler // nil: nobody takes in what Slack tells
}

const (
	shutdownWait = 5 * time.Second
	writeTimeout = 30 * time.Second
	maxBody      = 64 << 10
)

// New opens the port, so that a port in use is told at the start. Metrics come from gatherer.
func New(cfg Config, backend Backend, gatherer prometheus.Gatherer, log *zap.Logger) (*Server, error) {
	s := &Server{cfg: cfg, backend: backend, log: log.With(zap.String("stage", "web"))}
	tlsConfig, err := cfg.tlsConfig()
	if err != nil {
		return nil, err
	}
	s.ln, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; set http.listen to a free address", cfg.Listen, err)
	}
	limited := &connections{Listener: s.ln, most: connectionLimit(), log: s.log, open: map[*connection]bool{}}
	if s.ln = limited; tlsConfig != nil {
		s.ln = tls.NewListener(s.ln, tlsConfig)
	}
	s.server = &http.Server{
		Handler:           s.guard(s.routes(gatherer)),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          zap.NewStdLog(zap.NewNop()),
		ConnState:         limited.changed,
		ConnContext:       know,
	}
	return s, nil
}

// Interactions lets h take in what Slack tells of buttons, at /slack/interactions. Slack has no token: h looks at
// signatures itself. It is called before Run.
func (s *Server) Interactions(h http.Handler) { s.interactions = h }

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.ln.Addr() }

// Run serves until ctx ends, then lets running requests finish for a few seconds.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.server.Serve(s.ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
	defer cancel()
	err := s.server.Shutdown(stop)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("stop http: %w", err)
	}
	return nil
}

func (s *Server) routes(gatherer prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", s.healthy)
	mux.HandleFunc("GET /-/serving", s.serving)
	mux.HandleFunc("GET /-/ready", s.ready)
	mux.HandleFunc("POST /-/reload", s.reload)
	mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{}))
	s.profiles(mux)
	if err := s.backend.Answers(); err != nil {
		mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fail(w, http.StatusNotImplemented, err.Error()) })
		return mux
	}
	handle := func(pattern string, h http.HandlerFunc, parameters ...string) {
		mux.HandleFunc(pattern, asked(h, parameters...))
	}
	handle("GET /api/v1/ledger", s.ledger)
	handle("GET /api/v1/store", s.store)
	handle("GET /api/v1/alerts", s.alerts, listParameters()...)
	handle("GET /api/v1/alerts/{id}", s.alert)
	handle("GET /api/v1/stories", s.stories, "limit", "cursor")
	handle("GET /api/v1/stories/{id}", s.story)
	handle("POST /api/v1/alerts/{id}/ack", s.command("acknowledge"))
	handle("POST /api/v1/alerts/{id}/resolve", s.command("resolve"))
	handle("GET /api/v1/silences", s.silences)
	handle("POST /api/v1/silences", s.addSilence, "dry_run")
	handle("DELETE /api/v1/silences/{id}", s.expireSilence)
	handle("POST /api/v1/silences/{id}/expire", s.expireSilence)
	handle("GET /api/v1/dead", s.letters, "stage", "limit", "cursor")
	handle("DELETE /api/v1/dead", s.dropLetters, "stage")
	handle("DELETE /api/v1/dead/{sequence}", s.dropLetter)
	handle("GET /api/v1/dead/{sequence}", s.letter)
	handle("POST /api/v1/dead/{sequence}/resend", s.resend)
	handle("GET /{$}", s.listPage, listParameters()...)
	handle("GET /alerts/{id}", s.alertPage)
	mux.HandleFunc("POST "+interactionsPath, func(w http.ResponseWriter, r *http.Request) {
		if s.interactions == nil {
			http.NotFound(w, r)
			return
		}
		s.interactions.ServeHTTP(w, r)
	})
	return mux
}

func (c Config) tlsConfig() (*tls.Config, error) {
	if c.TLS.CertFile == "" {
		return nil, nil //nolint:nilnil // no TLS is a setting, not an error.
	}
	cert, err := tls.LoadX509KeyPair(c.TLS.CertFile, c.TLS.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("http.tls: %w", err)
	}
	out := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if c.TLS.ClientCAFile == "" {
		return out, nil
	}
	pem, err := os.ReadFile(c.TLS.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("http.tls.client_ca_file: %w", err)
	}
	out.ClientCAs = x509.NewCertPool()
	if !out.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, errors.New("http.tls.client_ca_file holds no certificate in PEM form")
	}
	out.ClientAuth = tls.VerifyClientCertIfGiven
	if c.TokenFile == "" {
		out.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return out, nil
}
