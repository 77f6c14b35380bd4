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
	case "s3:HeadBucket":
		return []string{"s3:ListBucket"} // without which S3 answers 403 for what is missing
	case "s3:GetPublicAccessBlock":
		return []string{"s3:GetBucketPublicAccessBlock"}
	case "s3control:GetPublicAccessBlock":
		return []string{accountBlock}
	default:
		return []string{operation}
	}
}

// accountBlock is the one action that knows no resource.
const accountBlock = "s3:GetAccountPublicAccessBlock"

// TestRightsAreThoseOfTheCalls fails when the daemon calls what it has no right to, or has a right it has no use for.
func TestRightsAreThoseOfTheCalls(t *testing.T) {
	elsewhere := operations(t)
	for room, grants := range map[string]struct {
		beside []string // what is needed without being called
		have   map[string][]string
	}{
		"../consumer/": {
			// Decrypting, and encrypting canaries, is done by SQS and S3 in the daemon's name.
			beside: []string{"kms:Decrypt", "kms:GenerateDataKey"},
			have: map[string][]string{
				"terraform/queue":           terraformActions(t, "terraform/queue", "daemon"),
				"cloudformation/queue.yaml": templateActions(t, "cloudformation/queue.yaml", "Policy"),
			},
		},
		"../enrich/": {
			have: map[string][]string{
				"terraform/look":           terraformActions(t, "terraform/look", "look"),
				"cloudformation/look.yaml": templateActions(t, "cloudformation/look.yaml", "Role"),
			},
		},
	} {
		need := map[string]bool{}
		for _, action := range grants.beside {
			need[action] = true
		}
		calls := 0
		for path, found := range elsewhere {
			if !strings.HasPrefix(path, room) {
				continue
			}
			for _, operation := range found {
				for _, action := range actions(operation) {
					need[action] = true
				}
				calls++
			}
			delete(elsewhere, path)
		}
		if calls < 4 {
			t.Fatalf("found only %d calls in %s; do they look otherwise now?", calls, room)
		}
		want := slices.Sorted(maps.Keys(need))
		for name, have := range grants.have {
			slices.Sort(have)
			if !slices.Equal(have, want) {
				t.Errorf("%s allows %v, the source needs %v", name, have, want)
			}
		}
	}
	for path, found := range elsewhere {
		t.Errorf("%s calls %v, which nothing here allows", path, found)
	}
}

// operations are the calls that each file makes, like "sqs:ReceiveMessage": each call has an input type of its name.
func operations(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
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
					found[path] = append(found[path], services[pkg.Name]+":"+operation)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// terraformActions are the actions of a policy document of a module.
func terraformActions(t *testing.T, dir, document string) (out []string) {
	t.Helper()
	for _, block := range module(t, dir).blocks {
		if block.Type != "data" || !slices.Equal(block.Labels, []string{"aws_iam_policy_document", document}) {
			continue
		}
		visit(block.Body, func(b *hclsyntax.Body) {
			if b.Attributes["actions"] != nil {
				allowed := texts(t, b.Attributes["actions"].Expr)
				onEverything(t, dir, allowed, texts(t, b.Attributes["resources"].Expr))
				out = append(out, allowed...)
			}
		})
	}
	return out
}

// templateActions are the actions that a resource of a template allows.
func templateActions(t *testing.T, name, resource string) (out []string) {
	t.Helper()
	template(t, name).at("Resources", resource, "Properties").each(func(n node) {
		if on, ok := n.get("Resource"); ok {
			allowed := n.at("Action").strings()
			onEverything(t, name, allowed, on.strings())
			out = append(out, allowed...)
		}
	})
	return out
}

// onEverything refuses actions on every resource there is, but for one that knows none.
func onEverything(t *testing.T, where string, allowed, on []string) {
	t.Helper()
	if slices.Contains(on, "*") && !slices.Equal(allowed, []string{accountBlock}) {
		t.Errorf("%s allows %v on everything", where, allowed)
	}
}
