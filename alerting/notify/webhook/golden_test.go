package webhook_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// TestFindingsInFull compares whole findings with files of testdata, which UPDATE_GOLDEN=1 writes anew.
func TestFindingsInFull(t *testing.T) {
	several := notifytest.KopsState()
	several.Buckets = []alert.BucketState{{Bucket: "prod-kops-state", Before: "private", After: "public"}, {Bucket: "prod-backups", Before: "private", After: "public"}}
	for name, a := range map[string]*alert.Alert{
		"kops-state": notifytest.KopsState(), "charity-website": notifytest.CharityWebsite(), "several": several,
	} {
		t.Run(name, func(t *testing.T) {
			body, _, _ := post(t, a, notify.Told{}, "")
			var got bytes.Buffer
			if err := json.Indent(&got, body, "", "  "); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".json")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
