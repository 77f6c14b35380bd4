package arch_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/trailwarden/trailwarden"

// rooms, from left to right: each may import itself and what stands to its right.
var rooms = []string{"cmd", "config", "alerting", "enrich", "consumer"}

// outside says who alone may import what from outside; a longer prefix of the import path wins.
var outside = map[string][]string{
	"github.com/nats-io/":              {"consumer/bus"},
	"github.com/aws/":                  {"consumer/awsclient", "consumer/sqs", "consumer/s3log", "enrich/live"},
	"github.com/slack-go/slack":        {"alerting/notify/slack"},
	"github.com/oschwald/":             {"enrich/geoip"},
	"github.com/bradleyjkemp/sigma-go": {"alerting/detect/sigma"},
	"go.opentelemetry.io/":             {"consumer/trace"},
}

// leaves import nothing of the project.
var leaves = []string{"consumer/cloudtrail", "alerting/alert", "config/secret", "config/strict"}

// pure packages do no I/O and read no clock.
var pure = []string{"alerting/exposure", "alerting/reach", "alerting/detect/builtin", "alerting/score"}

// narrow says all that a package imports of the project.
var narrow = map[string][]string{"alerting/reach": {"alerting/exposure"}}

var impure = []string{"os", "io/fs", "net", "net/http", "os/exec", "syscall", "database/sql"}

type file struct {
	pkg     string // folder, relative to the module
	name    string
	imports []string
	text    string
	test    bool
}

func TestRoomsImportOnlyToTheRight(t *testing.T) {
	for _, f := range sources(t) {
		from := slices.Index(rooms, room(f.pkg))
		for _, imp := range f.imports {
			own, ok := strings.CutPrefix(imp, module+"/")
			if !ok || own == "config/secret" || f.test && strings.Contains(own, "test") {
				continue
			}
			if to := slices.Index(rooms, room(own)); to < from {
				t.Errorf("%s imports %s, which stands to its left (%s)", f.name, own, strings.Join(rooms, " -> "))
			}
		}
	}
}

func TestLeavesImportNothingOfTheProject(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || !slices.Contains(leaves, f.pkg) {
			continue
		}
		for _, imp := range f.imports {
			if strings.HasPrefix(imp, module) {
				t.Errorf("%s imports %s; %s is a leaf", f.name, imp, f.pkg)
			}
		}
	}
}

func TestNarrowPackagesImportOnlyWhatTheyBuildOn(t *testing.T) {
	for _, f := range sources(t) {
		allowed, ok := narrow[f.pkg]
		if f.test || !ok {
			continue
		}
		for _, imp := range f.imports {
			if own, ok := strings.CutPrefix(imp, module+"/"); ok && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s; %s imports %s only", f.name, imp, f.pkg, strings.Join(allowed, ", "))
			}
		}
	}
}

func TestOutsideSystemsHaveOneHome(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || strings.HasSuffix(f.pkg, "test") {
			continue
		}
		for _, imp := range f.imports {
			for prefix, homes := range outside {
				if strings.HasPrefix(imp, prefix) && !slices.Contains(homes, f.pkg) {
					t.Errorf("%s imports %s; only %s may", f.name, imp, strings.Join(homes, ", "))
				}
			}
		}
	}
}

func TestPurePackagesDoNoInputOrOutputAndReadNoClock(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || !slices.Contains(pure, f.pkg) {
			continue
		}
		for _, imp := range f.imports {
			if slices.Contains(impure, imp) {
				t.Errorf("%s imports %s; %s is pure", f.name, imp, f.pkg)
			}
		}
		for _, call := range []string{"time.Now(", "time.Since(", "time.Until(", "rand."} {
			if strings.Contains(f.text, call) {
				t.Errorf("%s calls %s…; %s is pure", f.name, call, f.pkg)
			}
		}
	}
}

func TestTopLevelHoldsTheRoomsOnly(t *testing.T) {
	known := append([]string{"deploy", "go.mod", "go.sum", "README.md", "LICENSE"}, rooms...)
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && e.Name() != "trailwarden" && !slices.Contains(known, e.Name()) {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
}

func TestNoInitFunctions(t *testing.T) {
	for _, f := range sources(t) {
		if strings.Contains(f.text, "\nfunc init()") {
			t.Errorf("%s has an init function; join parts in an explicit table", f.name)
		}
	}
}

func TestEveryPackageHasADocComment(t *testing.T) {
	documented, seen := map[string]bool{}, map[string]bool{}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		seen[f.pkg] = true
		if strings.Contains(f.text, "// Package ") || strings.Contains(f.text, "// Command ") {
			documented[f.pkg] = true
		}
	}
	for pkg := range seen {
		if !documented[pkg] {
			t.Errorf("package %s has no doc comment", pkg)
		}
	}
}

func room(pkg string) string {
	first, _, _ := strings.Cut(pkg, "/")
	return first
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func sources(t *testing.T) []file {
	t.Helper()
	var out []file
	top := root(t)
	err := filepath.WalkDir(top, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != top && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, p)
		if err != nil {
			return err
		}
		f := file{pkg: path.Dir(filepath.ToSlash(rel)), name: filepath.ToSlash(rel), text: string(text), test: strings.HasSuffix(p, "_test.go")}
		for _, imp := range parsed.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no Go files found")
	}
	return out
}
