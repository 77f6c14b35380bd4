package exposure_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestDirectoryBuckets: their block cannot be turned off, so nothing makes them public, and a share stays a share.
func TestDirectoryBuckets(t *testing.T) {
	t.Parallel()
	const bucket = "f--euw1-az1--x-s3"
	for name, tt := range map[string]struct {
		params string
		state  exposure.State
		most   alert.Severity
	}{
		"everyone":      {publicPolicy, exposure.Latent, alert.Low},
		"other account": {foreignPolicy, exposure.Shared, alert.Medium},
		"own role":      {ownPolicy, exposure.Private, alert.Info},
	} {
		c := newWorld().apply(t, call{name: "PutBucketPolicy", minute: 1, bucket: bucket, params: tt.params})
		if c.After != tt.state || c.Severity > tt.most || c.Confidence != exposure.Confirmed {
			t.Errorf("%s: got %s, %s, %s, %s", name, c.Kind, c.After, c.Severity, c.Confidence)
		}
	}
}
