// Package config joins the settings of all parts into one file: strict YAML, laid over the defaults, with an
// environment variable TRAILWARDEN_… for every key. Every fault is told at once, each with its line, its key, what
// is wrong and what to do — and never with a secret's value.
//
// Each part defines, defaults and validates its own settings; nothing about a part is known here but its place.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/pulse"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/alerting/story"
	"github.com/trailwarden/trailwarden/alerting/web"
	"github.com/trailwarden/trailwarden/config/secret"
	"github.com/trailwarden/trailwarden/config/strict"
	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/trace"
	"github.com/trailwarden/trailwarden/enrich"
)

// EnvironmentPrefix begins the names of the environment variables that set keys.
const EnvironmentPrefix = "TRAILWARDEN_"

// Config is all settings.
type Config struct {
	// DataDir is where the embedded NATS keeps its store.
	DataDir  string          `yaml:"data_dir"`
	HTTP     web.Config      `yaml:"http"`
	NATS     bus.Config      `yaml:"nats"`
	Consumer consumer.Config `yaml:"consumer"`
	Enrich   enrich.Config   `yaml:"enrich"`
	Rules    Rules           `yaml:"rules"`
	Scoring  score.Config    `yaml:"scoring"`
	Alerting Alerting        `yaml:"alerting"`
	Tracing  trace.Config    `yaml:"tracing"`
}

// Rules says which detections run.
type Rules struct {
	// Files are Sigma rule files, folders of them, or patterns.
	Files []string `yaml:"files"`
	// Disabled are ids of rules that do not run.
	Disabled []string `yaml:"disabled"`
	// StaticBuckets are buckets declared to hold files of known kinds only.
	StaticBuckets []StaticBucket `yaml:"static_buckets"`
}

// StaticBucket declares what a bucket may hold.
type StaticBucket struct {
	Match        string   `yaml:"match"`         // glob on the bucket's name
	Suffixes     []string `yaml:"suffixes"`      // allowed ends of keys
	ContentTypes []string `yaml:"content_types"` // allowed content types
}

// Alerting says who is told.
type Alerting struct {
	Notify notify.Config `yaml:",inline"`
	// DeadMan says when an account or region that always spoke is told of as silent.
	DeadMan pulse.Config `yaml:"dead_man"`
	// Expected are changes that were announced: recorded as suppressed, and told only if still open at their end.
	Expected []incident.Expected `yaml:"expected_changes"`
	// Stories bounds what is remembered of stories.
	Stories story.Config `yaml:"stories"`
}

// Default is a valid configuration for replay: it takes in nothing and tells nobody.
func Default() *Config {
	return &Config{
		DataDir: "/var/lib/trailwarden", HTTP: web.DefaultConfig(), NATS: bus.DefaultConfig(), Consumer: consumer.DefaultConfig(),
		Enrich: enrich.DefaultConfig(), Scoring: score.DefaultConfig(), Alerting: Alerting{Notify: notify.DefaultConfig(), DeadMan: pulse.DefaultConfig(), Stories: story.DefaultConfig()},
	}
}

// Faults is everything wrong with the settings, one fault a line.
type Faults []string

// Error lists the faults, a line each, whatever text of the settings they repeat.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = safetext.Line(f[i])
	}
	return strings.Join(lines, "\n")
}

// Load reads the file at path, if path is not empty, and the environment over the defaults. Relative paths in the
// file are relative to it; a *_file key also finds systemd credentials by name. With files set, every *_file key,
// data file and rule file must be readable. The error is Faults.
func Load(path string, environ []string, files bool) (*Config, error) {
	l := &loader{cfg: Default(), file: path, unread: map[string]bool{}}
	doc := &strict.Document{}
	if path != "" {
		data, err := read(path)
		if err != nil {
			return nil, Faults{fmt.Sprintf("%s:1: the file cannot be read (%v); name a readable file with --config", path, reason(err))}
		}
		var faults []strict.Fault
		doc, faults = strict.Decode(data, l.cfg)
		for _, f := range faults {
			l.unread[f.Key] = true
			l.add(f.Line, f.Key, f.Problem)
		}
	}
	l.doc = doc
	set, faults := strict.Environ(environ, EnvironmentPrefix, l.cfg, secret.FromEnvironment)
	for _, f := range faults {
		l.faults = append(l.faults, fault{text: fmt.Sprintf("environment: %s: %s", f.Key, f.Problem)})
	}
	l.set = set
	l.resolve(environ)
	l.cfg.validate(l.report)
	if files {
		l.cfg.files(l.report)
		l.cfg.dataFiles(l.report)
	}
	if len(l.faults) > 0 {
		return nil, l.sorted()
	}
	return l.cfg, nil
}

// read gives the settings of a file, or a little more than may be used of a longer one.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(f, strict.MaxBytes+1))
}

// fault is one fault and the line it is sorted by.
type fault struct {
	line int
	text string
}

type loader struct {
	cfg    *Config
	file   string
	doc    *strict.Document
	set    map[string]string // environment variable by the key it set
	unread map[string]bool   // keys whose values could not be read: of them the parts would speak of the default
	faults []fault
}

func (l *loader) add(line int, key, problem string) {
	if key != "" {
		problem = key + ": " + problem
	}
	l.faults = append(l.faults, fault{line, fmt.Sprintf("%s:%d: %s", l.file, line, problem)})
}

// report takes a fault of a part by its key.
func (l *loader) report(key, problem string) {
	if _, ok := l.set[key]; l.unread[key] && !ok {
		return
	}
	if variable, ok := l.set[key]; ok || l.file == "" {
		if !ok {
			variable = "settings"
		}
		l.faults = append(l.faults, fault{text: fmt.Sprintf("environment: %s: %s: %s", variable, key, problem)})
		return
	}
	l.add(l.doc.Line(key), key, problem)
}

func (l *loader) sorted() Faults {
	sort.SliceStable(l.faults, func(i, j int) bool { return l.faults[i].line < l.faults[j].line })
	var out Faults
	for _, f := range l.faults {
		if len(out) == 0 || out[len(out)-1] != f.text {
			out = append(out, f.text)
		}
	}
	return out
}

// resolve makes relative paths relative to the file that names them, and finds credentials by name.
func (l *loader) resolve(environ []string) {
	base := filepath.Dir(l.file)
	credentials := ""
	for _, e := range environ {
		if dir, ok := strings.CutPrefix(e, "CREDENTIALS_DIRECTORY="); ok {
			credentials = dir
		}
	}
	absolute := func(p *string) {
		if *p != "" && !filepath.IsAbs(*p) && l.file != "" {
			*p = filepath.Join(base, *p)
		}
	}
	absolute(&l.cfg.DataDir)
	for i := range l.cfg.Consumer.Files {
		absolute(&l.cfg.Consumer.Files[i])
	}
	for i := range l.cfg.Rules.Files {
		absolute(&l.cfg.Rules.Files[i])
	}
	l.cfg.Enrich.EachPath(absolute)
	strict.FileKeys(l.cfg, func(_ string, ref *string) {
		if strings.HasPrefix(*ref, "env:") || filepath.IsAbs(*ref) {
			return
		}
		// systemd flattens a folder of credentials: "credentials/token" is the credential "credentials_token".
		if named := filepath.Join(credentials, strings.ReplaceAll(*ref, "/", "_")); credentials != "" && exists(named) {
			*ref = named
			return
		}
		absolute(ref)
	})
}

// validate lets every part report its faults under its own key.
func (c *Config) validate(report func(key, problem string)) {
	part := func(name string, validate func(func(key, problem string))) {
		validate(func(key, problem string) {
			if key == "" || strings.HasPrefix(key, "[") {
				report(name+key, problem)
				return
			}
			report(name+"."+key, problem)
		})
	}
	if c.DataDir == "" {
		report("data_dir", "is empty; name a folder for the embedded NATS")
	}
	part("http", c.HTTP.Validate)
	part("nats", c.NATS.Validate)
	part("consumer", c.Consumer.Validate)
	part("enrich", c.Enrich.Validate)
	part("scoring", c.Scoring.Validate)
	part("tracing", c.Tracing.Validate)
	part("alerting", c.Alerting.Notify.Validate)
	for i, r := range c.Alerting.Notify.Receivers {
		if r.Name == alerting.CanaryReceiver && c.Consumer.Canary.Every > 0 {
			report(fmt.Sprintf("alerting.receivers[%d].name", i), "is that of the receiver of canaries; rename the receiver")
		}
	}
	part("alerting.dead_man", c.Alerting.DeadMan.Validate)
	part("alerting.stories", c.Alerting.Stories.Validate)
	for i := range c.Alerting.Expected {
		part(fmt.Sprintf("alerting.expected_changes[%d]", i), c.Alerting.Expected[i].Validate)
	}
	for i, b := range c.Rules.StaticBuckets {
		if _, err := filepath.Match(b.Match, ""); err != nil || b.Match == "" {
			report(fmt.Sprintf("rules.static_buckets[%d].match", i), "is no pattern on a bucket's name; write it like www-*")
		}
	}
}

// files reports every *_file key whose file cannot be read now, without repeating what the key holds.
func (c *Config) files(report func(key, problem string)) {
	strict.FileKeys(c, func(key string, ref *string) {
		if _, err := secret.Read(*ref); err != nil {
			report(key, err.Error())
		}
	})
}

// Detections is what the detections need of the settings.
func (c *Config) Detections() detect.Settings {
	s := detect.Settings{Own: exposure.Own{OrganizationID: c.Enrich.OrganizationID, Accounts: c.Enrich.KnownAccounts}}
	for id := range c.Enrich.Accounts {
		s.Own.Accounts = append(s.Own.Accounts, id)
	}
	sort.Strings(s.Own.Accounts)
	for _, q := range c.Consumer.Queues {
		s.Feeds = append(s.Feeds, q.Name())
		s.Feeds = append(s.Feeds, q.LogBuckets...)
	}
	for _, b := range c.Rules.StaticBuckets {
		s.Static = append(s.Static, detect.StaticBucket{Match: b.Match, Suffixes: b.Suffixes, ContentTypes: b.ContentTypes})
	}
	return s
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
