package detect_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func TestVisit(t *testing.T) {
	tree, err := cloudtrail.ParseValue([]byte(`{"a":{"b":[{"c":1},{"c":[2,3]},{"d":null}]},"x.y":{"z":"dotted"},"e":"text","l":["p","q"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"a.b.c": "1 2 3", "x.y.z": "dotted", "e": "text", "e.f": "", "l": "p q", "a.b.d": "null", "nothing": "", "a.nothing.c": "",
	} {
		var got []string
		detect.Visit(tree, path, func(v cloudtrail.Value) bool {
			got = append(got, strings.Trim(string(v.Raw()), `"`))
			return false
		})
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", path, got, want)
		}
	}
	seen := 0
	if !detect.Visit(tree, "a.b.c", func(cloudtrail.Value) bool { seen++; return true }) || seen != 1 {
		t.Errorf("went on after the answer: %d", seen)
	}
}

func TestTree(t *testing.T) {
	in := &detect.Input{Raw: []byte(`{"a":1}`)}
	for range 2 {
		if in.Tree().Get("a").Text() != "1" {
			t.Error("the tree is not that of the record")
		}
	}
	for _, raw := range []string{"", "{"} {
		if (&detect.Input{Raw: []byte(raw)}).Tree().Exists() {
			t.Errorf("%q has a tree", raw)
		}
	}
}
