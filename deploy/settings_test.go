package deploy_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/coreos/go-systemd/v22/unit"
	natsd "github.com/nats-io/nats-server/v2/server"
	"gopkg.in/yaml.v3"

	"github.com/trailwarden/trailwarden/config"
)

func decodeJSON(t *testing.T, name string, v any) {
	t.Helper()
	if err := json.Unmarshal(read(t, name), v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// TestSettingsAreSound loads every example of settings as the program would.
func TestSettingsAreSound(t *testing.T) {
	cfg, err := config.Load("package/trailwarden.yaml", nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.DataDir != "/var/lib/trailwarden" || cfg.HTTP.Listen != "127.0.0.1:9464" {
		t.Errorf("the packaged settings keep their data in %s and listen on %s", cfg.DataDir, cfg.HTTP.Listen)
	}
	cluster, err := config.Load("container/trailwarden.yaml", nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if cluster.NATS.Replicas != 3 || len(cluster.NATS.URLs) != 3 {
		t.Errorf("the settings of compose.yaml are for %d replicas on %v", cluster.NATS.Replicas, cluster.NATS.URLs)
	}
	var values struct{ Settings map[string]any }
	decode(t, "helm/trailwarden/values.yaml", &values)
	text, err := yaml.Marshal(values.Settings)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "trailwarden.yaml")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(name, nil, false); err != nil {
		t.Error(err)
	}
}

// directives are the values of the unit's directives, by section and name.
func directives(t *testing.T) map[string][]string {
	t.Helper()
	options, err := unit.DeserializeOptions(bytes.NewReader(read(t, "systemd/trailwarden.service")))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, o := range options {
		out[o.Name] = append(out[o.Name], o.Value)
	}
	return out
}

func TestUnitFitsTheProgramAndThePackage(t *testing.T) {
	unit := directives(t)
	for name, want := range map[string]string{
		"Type": "notify", "DynamicUser": "yes", "StateDirectory": "trailwarden", "Restart": "always", "StartLimitIntervalSec": "0",
		"CapabilityBoundingSet": "", "ProtectSystem": "strict", "LoadCredential": "credentials:/etc/trailwarden/credentials",
	} {
		if !slices.Equal(unit[name], []string{want}) {
			t.Errorf("%s is %q, want %q", name, unit[name], want)
		}
	}
	seconds := func(name string) time.Duration {
		d, err := time.ParseDuration(strings.Replace(unit[name][0], "min", "m", 1))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const drain = 30 * time.Second // of the program, as its manual says
	if got := seconds("TimeoutStopSec"); got < drain {
		t.Errorf("systemd kills after %s, the program may take %s", got, drain)
	}
	if got := seconds("WatchdogSec"); got < 30*time.Second {
		t.Errorf("the watchdog bites after %s; a slow disk takes as long", got)
	}

	var nfpm struct {
		Contents []struct {
			Src, Dst, Type string
			FileInfo       struct{ Mode int } `yaml:"file_info"`
		}
	}
	decode(t, "package/nfpm.yaml", &nfpm)
	modes := map[string]int{}
	for _, c := range nfpm.Contents {
		modes[c.Dst] = c.FileInfo.Mode
		if c.Src != "" && !strings.HasPrefix(c.Src, "$") {
			if _, err := os.Stat(filepath.Join("..", c.Src)); err != nil {
				t.Error(err)
			}
		}
	}
	program, rest, _ := strings.Cut(unit["ExecStart"][0], " ")
	_, settings, _ := strings.Cut(rest, "--config ")
	settings, _, _ = strings.Cut(settings, " ")
	_, credentials, _ := strings.Cut(unit["LoadCredential"][0], ":")
	environment := strings.TrimPrefix(unit["EnvironmentFile"][0], "-")
	want := map[string]int{program: 0o755, settings: 0o644, credentials: 0o700, environment: 0o600, "/usr/lib/systemd/system/trailwarden.service": 0o644}
	for path, mode := range want {
		if modes[path] != mode {
			t.Errorf("the package holds %s with mode %o, want %o", path, modes[path], mode)
		}
	}
}

func TestComposeStartsTwoWorkersOfEachRoleOnThreeNodes(t *testing.T) {
	var compose struct {
		Services map[string]struct {
			Image    string
			Command  []string
			Deploy   struct{ Replicas int }
			ReadOnly bool `yaml:"read_only"`
			Secrets  []any
			Volumes  []string
		}
		Secrets map[string]struct{ File string }
		Volumes map[string]any
	}
	decode(t, "container/compose.yaml", &compose)
	for _, role := range []string{"consumer", "enrich", "alerting"} {
		s := compose.Services[role]
		at := slices.Index(s.Command, "--roles")
		if s.Deploy.Replicas != 2 || !s.ReadOnly || at < 0 || s.Command[at+1] != role {
			t.Errorf("%s: %+v", role, s)
		}
	}
	for name, s := range compose.Services {
		if _, tag, ok := strings.Cut(s.Image, ":"); !ok || tag == "latest" {
			t.Errorf("%s has the image %s, which is of no version", name, s.Image)
		}
		for _, secret := range s.Secrets {
			source, ok := secret.(string)
			if !ok { // given a name of its own
				source, _ = secret.(map[string]any)["source"].(string)
			}
			if compose.Secrets[source].File == "" {
				t.Errorf("%s wants the secret %s, which is not there", name, source)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, ".") {
				if _, err := os.Stat(filepath.Join("container", from)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if _, ok := compose.Volumes[from]; !ok {
				t.Errorf("%s wants the volume %s, which is not there", name, from)
			}
		}
	}
}

// TestNATSConfigurationIsTaken asks the server of the very kind that will read it.
func TestNATSConfigurationIsTaken(t *testing.T) {
	t.Setenv("NATS_NAME", "nats-1")
	setKeys(t)
	opts, err := natsd.ProcessConfigFile("container/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	if len(opts.Routes) != 3 || !opts.SyncAlways || len(opts.Nkeys) != 3 || opts.MaxPayload < 4<<20 {
		t.Errorf("three routes, synced writes, three nkeys and 4 MiB were wanted: %+v", opts)
	}
	for _, user := range opts.Nkeys { // what they may do is tested where they do it: cmd/internal/app
		if user.Permissions == nil {
			t.Errorf("user %s may do anything", user.Nkey)
		}
	}
}

var manualCommand = regexp.MustCompile(`(?m)^\.It Cm ([a-z]+)(.*)$`)

// TestManualKnowsEveryCommand reads the commands from the program's source.
func TestManualKnowsEveryCommand(t *testing.T) {
	manual := map[string]string{}
	for _, m := range manualCommand.FindAllStringSubmatch(string(read(t, "package/trailwarden.1")), -1) {
		manual[m[1]] = m[2]
	}
	commands := commands(t)
	if len(commands) < 10 {
		t.Fatalf("found only %v in the source", commands)
	}
	for _, c := range commands {
		rest, ok := manual[c[0]]
		if !ok || len(c) > 1 && !strings.Contains(rest, c[1]) {
			t.Errorf("package/trailwarden.1 does not tell of %s", strings.Join(c, " "))
		}
	}
}

// commands are the words of each command: the fields of the struct cli with a cmd tag, and of the structs below.
func commands(t *testing.T) (out [][]string) {
	t.Helper()
	structs := map[string]*ast.StructType{}
	names, err := filepath.Glob("../cmd/trailwarden/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					structs[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	var walk func(name string, words []string)
	walk = func(name string, words []string) {
		below := 0
		for _, f := range structs[name].Fields.List {
			kind, isNamed := f.Type.(*ast.Ident)
			if f.Tag == nil || !isNamed || len(f.Names) != 1 {
				continue
			}
			tag, _ := strconv.Unquote(f.Tag.Value)
			if _, ok := reflect.StructTag(tag).Lookup("cmd"); ok {
				below++
				walk(kind.Name, append(slices.Clone(words), kebab(f.Names[0].Name)))
			}
		}
		if below == 0 {
			out = append(out, words)
		}
	}
	walk("cli", nil)
	return out
}

func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
