package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/cmd/internal/app"
	"github.com/trailwarden/trailwarden/config"
)

// An exposure that nothing but a call proved is over after a day without another, whatever the records in between are of.
func TestReplaysClockIsThatOfItsRecords(t *testing.T) {
	const (
		read = `{"eventVersion":"1.10","eventID":"e1","eventName":"GetObject","eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T09:00:00Z","recipientAccountId":"111122223333","sourceIPAddress":"198.51.100.7","requestParameters":{"bucketName":"b","key":"k"},"userIdentity":{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}}`
		list = `{"eventVersion":"1.10","eventID":"e2","eventName":"DescribeRegions","eventSource":"ec2.amazonaws.com","eventTime":"TIME","readOnly":true,"recipientAccountId":"111122223333","sourceIPAddress":"198.51.100.8","userIdentity":{"type":"IAMUser","accountId":"111122223333","userName":"ann","arn":"arn:aws:iam::111122223333:user/ann"}}`
	)
	for at, want := range map[string]string{
		"2026-03-02T08:59:59Z": "open",
		"2026-03-02T09:00:00Z": "resolved",
		"someday":              "open",
	} {
		file := filepath.Join(t.TempDir(), "records.json")
		if err := os.WriteFile(file, []byte(`{"Records":[`+read+","+strings.Replace(list, "TIME", at, 1)+"]}"), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := app.Replay(t.Context(), config.Default(), []string{file}, nil, zap.NewNop(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Alerts) != 1 || string(got.Alerts[0].Status) != want {
			t.Errorf("a record of %s: %d alerts, the first %+v, want one %s", at, len(got.Alerts), got.Alerts, want)
		}
	}
}
