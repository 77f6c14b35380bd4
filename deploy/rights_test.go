package deploy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// actions is what IAM calls the operations of the AWS SDK, where the names differ or more is needed.
func actions(operation string) []string {
	switch operation {
	case "sqs:ChangeMessageVisibilityBatch":
		return []string{"sqs:ChangeMessageVisibility"}
	case "sqs:DeleteMessageBatch":
		return []string{"sqs:DeleteMessage"}
	case "s3:GetObject":
		return []string{"s3:GetObject", "s3:GetObjectVersion"} // a notice may name a version
	default:
		return []string{operation}
	}
}

// beside is what the daemon needs without calling it.
func beside() []string {
	return []string{
		"kms:Decrypt",   // by SQS and S3, in the daemon's name
		"s3:ListBucket", // else S3 answers 403 for an object that is missing
	}
}

// TestRightsAreThoseOfTheCalls fails when the daemon calls what it has no right to, or has a right it has no use for.
func TestRightsAreThoseOfTheCalls(t *testing.T) {
	need := map[string]bool{}
	for _, action := range beside() {
		need[action] = true
	}
	calls := operations(t)
	for _, operation := range calls {
		for _, action := range actions(operation) {
			need[action] = true
		}
	}
	if len(calls) < 4 {
		t.Fatalf("found only %v in the source; do the calls look otherwise now?", calls)
	}
	want := slices.Sorted(maps.Keys(need))
	for name, have := range map[string][]string{
		"terraform/queue/iam.tf":    terraformActions(t),
		"cloudformation/queue.yaml": templateActions(t),
	} {
		slices.Sort(have)
		if !slices.Equal(have, want) {
			t.Errorf("%s allows %v, the source needs %v", name, have, want)
		}
	}
}

// operations are the calls that the program makes, like "sqs:ReceiveMessage": each has an input type of its name.
func operations(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
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
		services := map[string]string{} // by the name they have in the file
		for _, imp := range file.Imports {
			if service, ok := strings.CutPrefix(strings.Trim(imp.Path.Value, `"`), "github.com/aws/aws-sdk-go-v2/service/"); ok {
				name := service
				if imp.Name != nil {
					name = imp.Name.Name
				}
				services[name] = service
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				pkg, _ := sel.X.(*ast.Ident)
				operation, isInput := strings.CutSuffix(sel.Sel.Name, "Input")
				if pkg != nil && isInput && services[pkg.Name] != "" {
					found[services[pkg.Name]+":"+operation] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(found))
}

// terraformActions are the actions of the document "daemon".
func terraformActions(t *testing.T) (out []string) {
	t.Helper()
	for _, block := range module(t, "terraform/queue").blocks {
		if block.Type != "data" || !slices.Equal(block.Labels, []string{"aws_iam_policy_document", "daemon"}) {
			continue
		}
		visit(block.Body, func(b *hclsyntax.Body) {
			if b.Attributes["actions"] != nil {
				out = append(out, texts(t, b.Attributes["actions"].Expr)...)
			}
			if r := b.Attributes["resources"]; r != nil && slices.Contains(texts(t, r.Expr), "*") {
				t.Error("terraform/queue/iam.tf allows an action on everything")
			}
		})
	}
	return out
}

// templateActions are the actions of the resource Policy.
func templateActions(t *testing.T) (out []string) {
	t.Helper()
	policy := template(t, "cloudformation/queue.yaml").at("Resources", "Policy", "Properties", "PolicyDocument", "Statement")
	policy.each(func(n node) {
		if list, ok := n.get("Action"); ok {
			out = append(out, list.strings()...)
		}
		if r, ok := n.get("Resource"); ok && slices.Contains(r.strings(), "*") {
			t.Error("cloudformation/queue.yaml allows an action on everything")
		}
	})
	return out
}
