package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/config"
	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// watchFolder adds a folder of log files to the settings.
func (w *world) watchFolder(t *testing.T, folder string) {
	t.Helper()
	settings, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, filepath.Base(w.file), strings.Replace(string(settings), "consumer:\n", fmt.Sprintf("consumer:\n  files: [%q]\n", folder), 1))
}

// contested writes a trail's folder in which many hands change the same few buckets of two accounts, a file every forty
// records, under the name of one account or another.
func contested(t *testing.T, folder string, rng *rand.Rand, records int) {
	t.Helper()
	at, open := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`
	var file []json.RawMessage
	for i := range records {
		at = at.Add(time.Duration(1+rng.IntN(30)) * time.Second)
		account, user, bucket := []string{"111122223333", "444455556666"}[rng.IntN(2)], fmt.Sprint("user-", rng.IntN(9)), fmt.Sprint("bucket-", rng.IntN(4))
		name, parameters := "PutBucketAcl", fmt.Sprintf(`"x-amz-acl":%q`, []string{"private", "public-read", "public-read-write"}[rng.IntN(3)])
		switch rng.IntN(5) {
		case 0:
			name, parameters = "PutBucketPolicy", `"bucketPolicy":`+open
		case 1:
			name, parameters = "DeleteBucketPolicy", `"x":1`
		case 2:
			name, parameters = "DeleteBucketPublicAccessBlock", `"x":1`
		}
		file = append(file, json.RawMessage(fmt.Sprintf(`{"eventVersion":"1.09","eventID":"e-%05d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":%q,"awsRegion":"eu-west-1",`+
			`"sourceIPAddress":"198.51.100.%d","recipientAccountId":%q,"requestParameters":{"bucketName":"%s-%s",%s},"eventType":"AwsApiCall","eventCategory":"Management",`+
			`"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::%s:user/%s","accountId":%q,"userName":%q}}`,
			i, name, at.Format(time.RFC3339), rng.IntN(20), account, account, bucket, parameters, account, user, account, user)))
		if len(file) < 40 && i < records-1 {
			continue
		}
		under := fmt.Sprint(9-i%7) + strings.Repeat("0", 11)
		path := filepath.Join(folder, under, fmt.Sprintf("%s_CloudTrail_eu-west-1_%s_x.json", under, at.Format("20060102T1504Z")))
		text, err := json.Marshal(map[string]any{"Records": file})
		if err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		file = nil
	}
}

// TestFolderGivesTheAlertsOfReplay: the same files give the same alerts, whether shards work on them side by side or replay
// takes one record after the other.
func TestFolderGivesTheAlertsOfReplay(t *testing.T) {
	logs := t.TempDir()
	contested(t, logs, rand.New(rand.NewPCG(1, 2)), 500)
	_, url := newCloud(t).queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	w.watchFolder(t, logs)
	cfg, err := config.Load(w.file, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := app.Replay(t.Context(), cfg, []string{logs}, nil, zap.NewNop(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, a := range replayed.Alerts {
		want = append(want, brief(a))
	}
	slices.Sort(want)
	d := w.start(t)
	eventually(t, fmt.Sprintf("the daemon has the %d alerts of replay", len(want)), func() bool {
		var got []string
		all := d.alerts(t)
		for i := range all {
			got = append(got, brief(&all[i]))
		}
		slices.Sort(got)
		return slices.Equal(got, want)
	})
	if len(want) < 25 {
		t.Errorf("%d alerts are too few to tell", len(want))
	}
	if a, b := d.ledger(t).Records, replayed.Ledger.Records; a.Matched != b.Matched || a.Unmatched != b.Unmatched {
		t.Errorf("counted %+v, replay %+v", a, b)
	}
}

// brief is what two runs have to agree on.
func brief(a *alert.Alert) string {
	return fmt.Sprint(a.ID, a.RuleID, a.Status, a.EventIDs, a.ResolvingEventIDs)
}
