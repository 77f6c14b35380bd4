package deploy_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// metric is one that the program registers.
type metric struct {
	histogram bool
	labels    []string
	help      string
}

var (
	metricName = regexp.MustCompile(`\btrailwarden_[a-z0-9_]+`)
	selector   = regexp.MustCompile(`\b(trailwarden_[a-z0-9_]+)\{([^}]*)\}`)
	grouping   = regexp.MustCompile(`\b(?:by|without) \(([a-z_, ]*)\)`)
	shown      = regexp.MustCompile(`\{\{ ?\$labels\.([a-z_]+) ?\}\}|\{\{([a-z_]+)\}\}`)
)

// TestMetricsNamedAreRegistered fails when an alert rule or a panel asks for a metric, or a label, that the program
// does not have: such a rule never fires and such a panel stays empty, and nobody is told.
func TestMetricsNamedAreRegistered(t *testing.T) {
	known := registered(t)
	for _, e := range expressions(t) {
		var labels []string
		for _, name := range metricName.FindAllString(e.text, -1) {
			base, m, ok := find(known, name)
			if !ok {
				t.Errorf("%s: no such metric is registered: %s", e.where, name)
				continue
			}
			labels = append(labels, m.labels...)
			if m.histogram && base != name {
				labels = append(labels, "le")
			}
		}
		labels = append(labels, "instance", "job")
		for _, asked := range asked(e) {
			if !slices.Contains(labels, asked) {
				t.Errorf("%s: asks for the label %s, which none of its metrics has", e.where, asked)
			}
		}
	}
}

// asked are the labels that an expression selects, groups or is shown by.
func asked(e expression) (out []string) {
	for _, m := range selector.FindAllStringSubmatch(e.text, -1) {
		for pair := range strings.SplitSeq(m[2], ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
			out = append(out, strings.TrimRight(name, "!"))
		}
	}
	for _, m := range grouping.FindAllStringSubmatch(e.text, -1) {
		for name := range strings.SplitSeq(m[1], ",") {
			out = append(out, strings.TrimSpace(name))
		}
	}
	for _, m := range shown.FindAllStringSubmatch(e.shown, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

// find is the metric that a name in an expression belongs to.
func find(known map[string]metric, name string) (string, metric, bool) {
	if m, ok := known[name]; ok {
		return name, m, !m.histogram
	}
	for _, end := range []string{"_bucket", "_sum", "_count"} {
		if base, cut := strings.CutSuffix(name, end); cut && known[base].histogram {
			return base, known[base], true
		}
	}
	return "", metric{}, false
}

// expression is a query, what is shown of its answer, and where it stands.
type expression struct{ where, text, shown string }

func expressions(t *testing.T) (out []expression) {
	t.Helper()
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Annotations map[string]string
			}
		}
	}
	decode(t, "prometheus/alerts.yaml", &rules)
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			out = append(out, expression{r.Alert, r.Expr, r.Annotations["summary"]})
		}
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	decodeJSON(t, "grafana/dashboards/trailwarden.json", &board)
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			out = append(out, expression{p.Title, target.Expr, target.LegendFormat})
		}
	}
	if len(out) < 30 {
		t.Fatalf("found only %d expressions", len(out))
	}
	return out
}

// registered are the metrics of the program, read from its source: every literal prometheus.…Opts with a name.
func registered(t *testing.T) map[string]metric {
	t.Helper()
	out := map[string]metric{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(d.Name(), "test")):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // the compiler tells it
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				if name, m, ok := options(call.Args[0]); ok {
					if len(call.Args) > 1 {
						m.labels = append(m.labels, literals(call.Args[1])...)
					}
					out[name] = m
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("found only %d metrics in the source; are they registered otherwise now?", len(out))
	}
	return out
}

// options reads a literal of prometheus.GaugeOpts and the like.
func options(e ast.Expr) (name string, m metric, ok bool) {
	literal, isLiteral := e.(*ast.CompositeLit)
	if !isLiteral {
		return "", m, false
	}
	kind, isSelector := literal.Type.(*ast.SelectorExpr)
	if !isSelector || !strings.HasSuffix(kind.Sel.Name, "Opts") {
		return "", m, false
	}
	m.histogram = kind.Sel.Name == "HistogramOpts"
	for _, element := range literal.Elts {
		pair, isPair := element.(*ast.KeyValueExpr)
		if !isPair {
			continue
		}
		switch key, _ := pair.Key.(*ast.Ident); key.Name {
		case "Name":
			if values := literals(pair.Value); len(values) == 1 {
				name = values[0]
			}
		case "Help":
			m.help = strings.Join(literals(pair.Value), "")
		case "ConstLabels":
			if labels, isMap := pair.Value.(*ast.CompositeLit); isMap {
				for _, label := range labels.Elts {
					m.labels = append(m.labels, literals(label.(*ast.KeyValueExpr).Key)...)
				}
			}
		}
	}
	return name, m, strings.HasPrefix(name, "trailwarden_")
}

// literals are the texts of a literal, or of a list of them.
func literals(e ast.Expr) (out []string) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{text}
		}
	case *ast.BinaryExpr: // a text in several lines
		out = append(literals(e.X), literals(e.Y)...)
	case *ast.CompositeLit:
		for _, element := range e.Elts {
			out = append(out, literals(element)...)
		}
	}
	return out
}

const (
	metricsBegin = "<!-- metrics: written by go test ./deploy with UPDATE_README=1 -->\n"
	metricsEnd   = "<!-- end of metrics -->\n"
)

// TestReadmeListsTheMetrics holds the table of metrics to the source.
func TestReadmeListsTheMetrics(t *testing.T) {
	before, rest, found := strings.Cut(string(read(t, "README.md")), metricsBegin)
	table, after, ended := strings.Cut(rest, metricsEnd)
	if !found || !ended {
		t.Fatal("README.md has no place for the table of metrics")
	}
	var want strings.Builder
	want.WriteString("| metric | labels | says |\n|---|---|---|\n")
	known := registered(t)
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if known[name].help == "" {
			t.Errorf("%s has no help that can be read from the source", name)
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s |\n", name, strings.Join(known[name].labels, ", "), known[name].help)
	}
	if table == want.String() {
		return
	}
	if os.Getenv("UPDATE_README") == "" {
		t.Fatal("the table of metrics is not up to date; run UPDATE_README=1 go test ./deploy")
	}
	if err := os.WriteFile("README.md", []byte(before+metricsBegin+want.String()+metricsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEveryAlertHasARunbook(t *testing.T) {
	readme := string(read(t, "README.md"))
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert  string
				Labels map[string]string
			}
		}
	}
	decode(t, "prometheus/alerts.yaml", &rules)
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if !strings.Contains(readme, "\n### "+r.Alert+"\n") {
				t.Errorf("README.md says nothing under %s", r.Alert)
			}
			if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
				t.Errorf("%s has the severity %q", r.Alert, r.Labels["severity"])
			}
		}
	}
}
