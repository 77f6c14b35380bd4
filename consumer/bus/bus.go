package bus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Bus is the connection to the streams and buckets. It is safe for concurrent use.
type Bus struct {
	cfg      Config
	part     Part
	log      *zap.Logger
	metrics  *metrics
	server   *embedded // nil with an external cluster
	disk     *disk
	marks    *marks // nil with an external cluster
	nc       *nats.Conn
	js       jetstream.JetStream
	maxBytes int64
	timing   timing
	owned    groups
	acks     acks
	losses   losses
	short    map[string]int // looks at which a stream of a cluster was shorter than it had been, one after the other
	anew     names          // lanes that are read anew and have not caught up
	shares   shares
	refused  names // subjects this process may not publish to, in lower case

	closed    chan struct{}
	closeOnce sync.Once
	wg        sync.WaitGroup
}

// Open starts the embedded server with its store in dataDir/jetstream, or connects to cfg.URLs, and creates or
// updates every stream and bucket. It waits for an external cluster until ctx ends.
func Open(ctx context.Context, cfg Config, dataDir string, log *zap.Logger, reg prometheus.Registerer) (*Bus, error) {
	return open(ctx, cfg, Part{Settles: true}, dataDir, log, reg, defaultTiming())
}

// Part is what a process is among several, where NATS may give each a user with rights of its own.
type Part struct {
	// Name makes the process's inboxes its own: their subjects begin with _INBOX_<Name>, so that no other part
	// need be allowed to listen to the answers it gets. Empty is the client's _INBOX.
	Name string
	// Settles says that the process makes and updates the streams and buckets; one that does not waits for them.
	Settles bool
}

// Join is Open for one part of several processes that share the external cluster of cfg.URLs.
func Join(ctx context.Context, cfg Config, part Part, log *zap.Logger, reg prometheus.Registerer) (*Bus, error) {
	return open(ctx, cfg, part, "", log, reg, defaultTiming())
}

func open(ctx context.Context, cfg Config, part Part, dataDir string, log *zap.Logger, reg prometheus.Registerer, t timing) (*Bus, error) {
	b := &Bus{cfg: cfg, part: part, log: log, timing: t, short: map[string]int{}, closed: make(chan struct{}), disk: &disk{}}
	b.metrics = newMetrics(reg, func() float64 {
		d, _ := b.acks.unanswered(time.Now())
		return d.Seconds()
	}, func() float64 { return float64(b.Lost()) })
	if err := b.connect(ctx, dataDir); err != nil {
		return nil, errors.Join(err, b.Close(context.WithoutCancel(ctx)))
	}
	return b, nil
}

func (b *Bus) connect(ctx context.Context, dataDir string) error {
	opts := b.handlers()
	urls := strings.Join(b.cfg.URLs, ",")
	b.maxBytes = b.cfg.MaxBytes
	if len(b.cfg.URLs) == 0 {
		server, err := startEmbedded(dataDir, b.streams(), b.log)
		if err != nil {
			return err
		}
		b.server, b.disk = server, newDisk(server.dir)
		if b.marks, err = openMarks(filepath.Join(dataDir, marksFile), b.streams()); err != nil {
			return err
		}
		opts = append(opts, nats.InProcessServer(server.ns))
		if b.maxBytes == 0 {
			b.maxBytes = b.disk.share()
		}
	} else {
		external, err := b.cfg.options()
		if err != nil {
			return err
		}
		opts = append(opts, external...)
		if b.maxBytes == 0 {
			b.maxBytes = 8 << 30
		}
	}
	if err := b.dial(ctx, urls, opts); err != nil {
		return err
	}
	if err := checkVersion(b.nc.ConnectedServerVersion()); err != nil {
		return err
	}
	js, err := jetstream.New(b.nc)
	if err != nil {
		return fmt.Errorf("open jetstream: %w", err)
	}
	b.js = js
	if err := b.settleLayout(ctx); err != nil {
		return err
	}
	b.acks.acked("") // the layout is there
	return b.watchStore(ctx)
}

// watchStore tells of what was lost while nobody looked, and goes on looking.
func (b *Bus) watchStore(ctx context.Context) error {
	if b.server == nil && !b.part.Settles {
		return nil // whoever settles the layout knows of losses
	}
	if err := b.loadLosses(ctx); err != nil {
		return err
	}
	if b.server == nil {
		entry, _, err := b.KV(State).Get(ctx, marksKey)
		if err != nil {
			return err
		}
		b.marks = unpackMarks(entry.Value, b.streams())
		if err := b.account(ctx, nil); err != nil {
			return err
		}
		b.wg.Go(b.superviseCluster)
		return nil
	}
	if err := b.account(ctx, b.server.losses); err != nil {
		return err
	}
	b.wg.Go(b.supervise)
	return nil
}

// checkVersion refuses a server without atomic batches, which would take a batch for single messages.
func checkVersion(version string) error {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return fmt.Errorf("version %q of the nats server: %w", version, err)
	}
	if major < 2 || major == 2 && minor < 12 {
		return fmt.Errorf("nats server %s is too old: use 2.12 or later", version)
	}
	return nil
}

// dial connects, trying again until ctx ends; what the cluster refuses for good is returned at once.
func (b *Bus) dial(ctx context.Context, urls string, opts []nats.Option) error {
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		nc, err := nats.Connect(urls, opts...)
		if err == nil {
			b.nc = nc
			return nil
		}
		if errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || b.server != nil {
			return fmt.Errorf("connect to nats: %w", err)
		}
		b.log.Warn("nats connection tried again", zap.Strings("urls", b.redactedURLs()), zap.Error(err))
		if waitErr := b.wait(ctx, pause); waitErr != nil {
			return fmt.Errorf("connect to nats: %w", errors.Join(waitErr, err))
		}
	}
}

// settleLayout makes the layout, or waits until another process has, as it waits for a cluster that is still electing
// its leaders.
func (b *Bus) settleLayout(ctx context.Context) error {
	settle := b.ensureLayout
	if !b.part.Settles {
		settle = b.findLayout
	}
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		err := settle(ctx)
		if err == nil || !transient(err) {
			return err
		}
		b.log.Warn("stream set-up tried again", zap.Error(err))
		if waitErr := b.wait(ctx, pause); waitErr != nil {
			return errors.Join(waitErr, err)
		}
	}
}

func (b *Bus) redactedURLs() []string {
	urls := make([]string, len(b.cfg.URLs))
	for i, raw := range b.cfg.URLs {
		if u, err := url.Parse(raw); err == nil {
			urls[i] = u.Scheme + "://" + u.Host
		}
	}
	return urls
}

// handlers are the client's options that do not depend on where the server is.
func (b *Bus) handlers() []nats.Option {
	inbox := strings.TrimSuffix(nats.InboxPrefix, ".")
	if b.part.Name != "" {
		inbox += "_" + b.part.Name
	}
	return []nats.Option{
		nats.Name("trailwarden"),
		nats.CustomInboxPrefix(inbox),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(b.timing.reconnect),
		nats.SyncQueueLen(windowMessages + pullMessages),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			b.metrics.connection.WithLabelValues("disconnected").Inc()
			if err != nil { // nil on our own Close
				b.log.Warn("nats disconnected", zap.Error(err))
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			b.metrics.connection.WithLabelValues("reconnected").Inc()
			b.log.Info("nats reconnected")
		}),
		nats.ClosedHandler(func(*nats.Conn) {
			b.metrics.connection.WithLabelValues("closed").Inc()
			b.log.Debug("nats connection closed")
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.metrics.connection.WithLabelValues("error").Inc()
			if errors.Is(err, nats.ErrPermissionViolation) {
				if _, rest, ok := strings.Cut(strings.ToLower(err.Error()), `publish to "`); ok {
					subject, _, _ := strings.Cut(rest, `"`)
					b.refused.add(subject)
				}
				b.log.Error("nats refused a subject: the user's permissions are not those of the roles of this process", zap.Error(err))
				return
			}
			b.log.Warn("nats connection reported an error", zap.Error(err))
		}),
	}
}

// Close ends the connection, and the embedded server once all it acknowledged is on disk. Callers of Tail and
// Own end first, by their contexts. A second call does nothing.
func (b *Bus) Close(ctx context.Context) error {
	var err error
	b.closeOnce.Do(func() {
		close(b.closed)
		b.wg.Wait()
		if b.server != nil && b.marks != nil && b.js != nil {
			b.remember(ctx)
		}
		if b.nc != nil {
			b.nc.Close()
		}
		if b.server != nil {
			err = b.server.stop(ctx)
			if b.marks != nil && b.marks.file != nil {
				err = errors.Join(err, b.marks.sync(), b.marks.file.Close())
			}
		}
	})
	return err
}

// Shards is the number of lanes of events, and of findings.
func (b *Bus) Shards() int { return b.cfg.Shards }

// MaxPayload is the most bytes a message may have, its headers included.
func (b *Bus) MaxPayload() int { return int(b.nc.MaxPayload()) }

// Ready is nil when messages can be stored: the latest write, which whoever uses a bus makes every few seconds, was
// acknowledged within ten seconds, and none waits longer. It asks nobody and returns at once.
func (b *Bus) Ready() error {
	select {
	case <-b.closed:
		return ErrClosed
	default:
	}
	if !b.nc.IsConnected() {
		return fmt.Errorf("nats is %s", strings.ToLower(b.nc.Status().String()))
	}
	if b.disk.low() {
		return &FullError{Stream: streamEvents, Reason: lowDisk}
	}
	if b.server != nil {
		if err := b.server.healthy(); err != nil {
			return err
		}
	}
	return b.acks.ready(time.Now(), b.timing.patience)
}

// closedOr replaces the errors of a connection closed under a caller.
func (b *Bus) closedOr(err error) error {
	select {
	case <-b.closed:
		return ErrClosed
	default:
		return err
	}
}
