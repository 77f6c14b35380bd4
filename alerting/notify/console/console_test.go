package console_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/console"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

func TestRender(t *testing.T) {
	for name, a := range map[string]*alert.Alert{"kops-state": notifytest.KopsState(), "charity-website": notifytest.CharityWebsite()} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := console.Render(&out, a, console.Options{Width: 72}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".txt")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is no bucket is not called one.
func TestAlertAboutATrail(t *testing.T) {
	a := notifytest.KopsState()
	a.Bucket, a.Buckets, a.Exposure, a.Resource = "", nil, nil, "org-trail"
	var out bytes.Buffer
	if err := console.Render(&out, a, console.Options{}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "\n  resource   org-trail") || !strings.Contains(text, "\n  api call   PutBucketAcl\n") ||
		strings.Contains(text, "\n  bucket ") || strings.Contains(text, "\n  blocked by ") {
		t.Errorf("rendered:\n%s", text)
	}
}

func TestWidthAndColour(t *testing.T) {
	a := notifytest.KopsState()
	a.Remediation = nil // commands are never folded
	for _, width := range []int{40, 80, 200} {
		var out bytes.Buffer
		if err := console.Render(&out, a, console.Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%d columns where %d are wanted: %q", n, width, line)
			}
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Error("colour was not asked for")
		}
	}
	var out bytes.Buffer
	if err := console.Render(&out, a, console.Options{Color: true}); err != nil || strings.Count(out.String(), "\x1b") != 2 {
		t.Errorf("colour asked for: %q, %v", out.String(), err)
	}
	if opts := console.For(&out); opts != (console.Options{}) {
		t.Errorf("a buffer is taken for a terminal: %+v", opts)
	}
}

func TestLaterRevisionsAreShort(t *testing.T) {
	var out bytes.Buffer
	n := console.New(&out, console.Options{})
	first := notifytest.CharityWebsite()
	first.Status, first.Revision, first.Updates = alert.Open, 1, nil
	told, err := n.Tell(t.Context(), first, notify.Told{})
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if told, err = n.Tell(t.Context(), notifytest.CharityWebsite(), told); err != nil || told.Revision != 2 {
		t.Fatal(told, err)
	}
	for _, want := range []string{"RESOLVED", "www.charity-run.example", "closed by bob", first.ID} {
		if !strings.Contains(out.String(), want) || strings.Count(out.String(), "\n") > 4 {
			t.Errorf("%q lacks %q, or is long", out.String(), want)
		}
	}
}
