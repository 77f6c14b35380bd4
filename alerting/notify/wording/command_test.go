package wording_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

// TestCommand: a command is shown whole or not at all, for half a policy is no policy.
func TestCommand(t *testing.T) {
	const short = "aws s3api delete-bucket-policy --bucket b"
	if got := wording.Command(short, 100); got != short {
		t.Errorf("short: %q", got)
	}
	long := "aws s3api put-bucket-policy --bucket b --policy '" + strings.Repeat("x", 3000) + "'"
	for name, tt := range map[string]struct {
		command string
		limit   int
	}{"long": {long, 1000}, "changed by being shown": {"aws s3api put-object-acl --key 'a\u202eb'", 1000}} {
		got := wording.Command(tt.command, tt.limit)
		if !strings.HasPrefix(got, "# ") || len(got) > tt.limit || !strings.HasSuffix(got, strings.Split(tt.command, " '")[0]) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := wording.Command(long, len(long)); got != long {
		t.Error("one that fits is not shown")
	}
}
