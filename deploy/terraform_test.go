package deploy_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// terraform is a module, read without Terraform.
type terraform struct {
	dir    string
	blocks []*hclsyntax.Block
}

func module(t *testing.T, dir string) terraform {
	t.Helper()
	m := terraform{dir: dir}
	names, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s holds no module", dir)
	}
	for _, name := range names {
		file, diags := hclsyntax.ParseConfig(read(t, name), name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		m.blocks = append(m.blocks, file.Body.(*hclsyntax.Body).Blocks...)
	}
	return m
}

// declared are the addresses that expressions may name.
func (m terraform) declared() map[string]bool {
	out := map[string]bool{}
	for _, b := range m.blocks {
		switch b.Type {
		case "variable":
			out["var."+b.Labels[0]] = true
		case "locals":
			for name := range b.Body.Attributes {
				out["local."+name] = true
			}
		case "resource":
			out[strings.Join(b.Labels, ".")] = true
		case "data", "module":
			out[b.Type+"."+strings.Join(b.Labels, ".")] = true
		}
	}
	return out
}

// labels are the names of the blocks of a kind, and whether each has an attribute.
func (m terraform) labels(kind, attribute string) map[string]bool {
	out := map[string]bool{}
	for _, b := range m.blocks {
		if b.Type == kind {
			out[b.Labels[0]] = b.Body.Attributes[attribute] != nil
		}
	}
	return out
}

func modules(t *testing.T) (dirs []string) {
	t.Helper()
	for _, name := range files(t, "terraform") {
		if dir := filepath.Dir(name); filepath.Ext(name) == ".tf" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func TestTerraformNamesOnlyWhatThereIs(t *testing.T) {
	for _, dir := range modules(t) {
		m := module(t, dir)
		declared, used := m.declared(), map[string]bool{}
		for _, b := range m.blocks {
			own := []string{"each", "count", "path", "self", "aws"} // aws: a provider
			visitBlocks(b, func(b *hclsyntax.Block) {
				if b.Type == "dynamic" {
					own = append(own, b.Labels[0])
				}
			})
			_ = hclsyntax.VisitAll(b.Body, func(n hclsyntax.Node) hcl.Diagnostics {
				if e, ok := n.(*hclsyntax.ScopeTraversalExpr); ok {
					if address := address(e.Traversal); !slices.Contains(own, e.Traversal.RootName()) && !loopVariable(address) {
						used[address] = true
						if !declared[address] {
							t.Errorf("%s: %s is not declared", e.Range(), address)
						}
					}
				}
				return nil
			})
		}
		for name := range declared {
			if !used[name] && (strings.HasPrefix(name, "var.") || strings.HasPrefix(name, "local.") || strings.HasPrefix(name, "data.")) {
				t.Errorf("%s: %s is used by nothing", dir, name)
			}
		}
	}
}

// address is what a traversal names: var.name, data.kind.name, kind.name.
func address(t hcl.Traversal) string {
	n := 2
	if t.RootName() == "data" {
		n = 3
	}
	parts := []string{t.RootName()}
	for _, step := range t[1:min(n, len(t))] {
		if attr, ok := step.(hcl.TraverseAttr); ok {
			parts = append(parts, attr.Name)
		}
	}
	return strings.Join(parts, ".")
}

func loopVariable(address string) bool { return !strings.Contains(address, ".") }

func TestTerraformExamplesFitTheModules(t *testing.T) {
	for _, dir := range modules(t) {
		m := module(t, dir)
		for _, b := range m.blocks {
			if b.Type != "module" {
				continue
			}
			called := module(t, filepath.Join(dir, texts(t, b.Body.Attributes["source"].Expr)[0]))
			variables := called.labels("variable", "default")
			for name, optional := range variables {
				if !optional && b.Body.Attributes[name] == nil {
					t.Errorf("%s: module %s is not given %s", dir, b.Labels[0], name)
				}
			}
			for name := range b.Body.Attributes {
				if _, ok := variables[name]; !ok && name != "source" && name != "providers" {
					t.Errorf("%s: module %s knows no %s; it knows %v", dir, b.Labels[0], name, slices.Sorted(maps.Keys(variables)))
				}
			}
			outputs := called.labels("output", "value")
			for _, other := range m.blocks {
				_ = hclsyntax.VisitAll(other.Body, func(n hclsyntax.Node) hcl.Diagnostics {
					e, ok := n.(*hclsyntax.ScopeTraversalExpr)
					if !ok || len(e.Traversal) < 3 || address(e.Traversal) != "module."+b.Labels[0] {
						return nil
					}
					if name := e.Traversal[2].(hcl.TraverseAttr).Name; !outputs[name] {
						t.Errorf("%s: module %s has no output %s", dir, b.Labels[0], name)
					}
					return nil
				})
			}
		}
	}
}

func TestTerraformVariablesSayWhatTheyAre(t *testing.T) {
	for _, dir := range modules(t) {
		for name, described := range module(t, dir).labels("variable", "description") {
			if !described {
				t.Errorf("%s: variable %s has no description", dir, name)
			}
		}
	}
}

func visitBlocks(b *hclsyntax.Block, see func(*hclsyntax.Block)) {
	see(b)
	for _, below := range b.Body.Blocks {
		visitBlocks(below, see)
	}
}

func visit(b *hclsyntax.Body, see func(*hclsyntax.Body)) {
	see(b)
	for _, below := range b.Blocks {
		visit(below.Body, see)
	}
}

// texts are the literal texts of a text or a list of texts.
func texts(t *testing.T, e hclsyntax.Expression) (out []string) {
	t.Helper()
	if list, ok := e.(*hclsyntax.TupleConsExpr); ok {
		for _, item := range list.Exprs {
			out = append(out, texts(t, item)...)
		}
		return out
	}
	if v, diags := e.Value(nil); !diags.HasErrors() && v.Type().FriendlyName() == "string" {
		out = append(out, v.AsString())
	}
	return out
}
