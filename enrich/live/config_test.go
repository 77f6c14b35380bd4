package live_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/enrich/live"
)

func TestValidate(t *testing.T) {
	faults := func(change func(*live.Config)) (keys []string) {
		cfg := live.DefaultConfig()
		change(&cfg)
		cfg.Validate(func(path, _ string) { keys = append(keys, path) })
		return keys
	}
	for name, test := range map[string]struct {
		change func(*live.Config)
		want   []string
	}{
		"defaults":          {func(*live.Config) {}, nil},
		"a role":            {func(c *live.Config) { c.Role = "arn:aws-us-gov:iam::111122223333:role/security/look" }, nil},
		"a role everywhere": {func(c *live.Config) { c.Role, c.ExternalID = "arn:aws:iam::{account}:role/look", "x" }, nil},
		"at once":           {func(c *live.Config) { c.Delay, c.Tags = 0, nil }, nil},
		"no role":           {func(c *live.Config) { c.Role = "look" }, []string{"assume_role"}},
		"a user":            {func(c *live.Config) { c.Role = "arn:aws:iam::111122223333:user/look" }, []string{"assume_role"}},
		"all else":          {func(c *live.Config) { c.ExternalID, c.Delay, c.Tags = "x", -time.Second, []string{"a", "- "} }, []string{"external_id", "delay", "tags[1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, faults(test.change)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOnlyWhatIsKnownDecides replaces facts of a look by unknown: the verdict may become unknown, never the contrary.
func TestOnlyWhatIsKnownDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answer := rapid.SampledFrom([]live.Answer{live.No, live.Yes})
		var f live.Finding
		facts := []*live.Answer{
			&f.Policy, &f.ACL, &f.ACLsOff, &f.BucketBlock.IgnorePublicAcls, &f.BucketBlock.RestrictPublicBuckets,
			&f.AccountBlock.IgnorePublicAcls, &f.AccountBlock.RestrictPublicBuckets,
		}
		for _, fact := range facts {
			*fact = answer.Draw(t, "fact")
		}
		// S3 shows the ACL in effect: with ACLs off or ignored it has no public grant.
		if f.ACLsOff == live.Yes || f.BucketBlock.IgnorePublicAcls == live.Yes || f.AccountBlock.IgnorePublicAcls == live.Yes {
			f.ACL = live.No
		}
		all := f.Public()
		if all == live.Unknown {
			t.Fatalf("all facts are known of %+v", f)
		}
		for _, fact := range facts {
			if rapid.Bool().Draw(t, "unseen") {
				*fact = live.Unknown
			}
		}
		if part := f.Public(); part != live.Unknown && part != all {
			t.Errorf("%s is %s when more is known", part, all)
		}
		if f.Sentence() == "" || len(f.Reasons()) == 0 {
			t.Error("no reasons")
		}
	})
}
