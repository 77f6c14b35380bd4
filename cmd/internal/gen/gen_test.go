package gen_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/cmd/internal/gen"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// TestShares checks the mixture every measurement rests on.
func TestShares(t *testing.T) {
	const records = 10_000
	cfg := gen.DefaultConfig()
	g := gen.New(cfg)
	actors := map[string]int{}
	ids := map[string]bool{}
	var reads, data, bytesRead int
	var last time.Time
	var raw []byte
	for range records {
		raw = g.Append(raw[:0])
		bytesRead += len(raw)
		r, err := cloudtrail.Decode(raw)
		if err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		if r.EventTime.Before(last) || ids[r.EventID] || !json.Valid(raw) {
			t.Fatalf("out of order, doubled or malformed: %s", raw)
		}
		last, ids[r.EventID] = r.EventTime, true
		actors[r.Actor().Key()]++
		switch {
		case r.EventCategory == "Data":
			data++
		case r.ReadOnly:
			reads++
		}
	}
	made := g.Summary()
	within(t, "reads", float64(reads)/records, 0.83, 0.87)
	within(t, "data events", float64(data)/records, 0.09, 0.11)
	within(t, "exposures", float64(made.Opened), 1, 12)
	within(t, "bytes a record", float64(bytesRead)/records, 1300, 1550)
	within(t, "actors", float64(len(actors)), 500, float64(cfg.Actors))
	if made.Records != records || made.Bytes != int64(bytesRead) {
		t.Errorf("summary %+v", made)
	}
}

// TestExposures checks that what opens a bucket is what CloudTrail records of it.
func TestExposures(t *testing.T) {
	cfg := gen.DefaultConfig()
	cfg.Exposed, cfg.PerHour = 0.2, 600
	g := gen.New(cfg)
	forms := map[string]int{}
	for range 3000 {
		r, err := cloudtrail.Decode(g.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		p := r.RequestParameters
		switch {
		case r.EventName == "DeleteBucketPolicy" || r.Header("x-amz-acl") == "private":
			forms["closed"]++
		case r.EventName == "PutBucketPolicy" && p.Get("bucketPolicy", "Statement", "Principal").Text() == "*":
			forms["policy"]++
		case r.EventName == "PutBucketAcl" && r.Header("x-amz-acl") != "":
			forms["canned"]++
		case r.EventName == "PutBucketAcl" && p.Get("AccessControlPolicy", "AccessControlList", "Grant", "Grantee", "URI").Exists():
			forms["grant"]++
		default:
			continue
		}
		if r.Bucket() == "" || r.OwnerAccount() != cfg.Account || r.Actor().Service {
			t.Fatalf("%s of %q by %+v", r.EventName, r.Bucket(), r.Actor())
		}
	}
	if forms["policy"] == 0 || forms["canned"] == 0 || forms["grant"] == 0 || forms["closed"] != g.Summary().Closed {
		t.Errorf("forms %v, summary %+v", forms, g.Summary())
	}
}

func TestWriteDirRepeats(t *testing.T) {
	cfg := gen.DefaultConfig()
	cfg.Records, cfg.PerFile = 250, 100
	first, second := t.TempDir(), t.TempDir()
	for _, dir := range []string{first, second} {
		s, err := gen.WriteDir(dir, cfg)
		if err != nil || s.Files != 3 || s.Records != 250 {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	records, last := 0, ""
	r := s3log.NewReader(s3log.Limits{})
	err := filepath.WalkDir(first, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		one, _ := os.ReadFile(path)
		other, _ := os.ReadFile(filepath.Join(second, path[len(first):]))
		if !bytes.Equal(one, other) {
			t.Errorf("%s differs", path)
		}
		stats, err := r.Read(bytes.NewReader(one), path, func(_ []byte, h *cloudtrail.Header) error {
			last = string(h.EventTime)
			return nil
		}, nil)
		records += stats.Records
		return err
	})
	if err != nil || records != 250 || last == "" {
		t.Errorf("%d records, %v", records, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func within(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	if got < low || got > high {
		t.Errorf("%s: %g, want %g to %g", what, got, low, high)
	}
}

// TestWrites checks that the share of changes is met, by many actors, and that none of it moves the rest by default.
func TestWrites(t *testing.T) {
	const records = 20_000
	cfg := gen.DefaultConfig()
	cfg.Writes = 0.02
	g, actors, changes := gen.New(cfg), map[string]bool{}, 0
	var raw []byte
	for range records {
		raw = g.Append(raw[:0])
		r, err := cloudtrail.Decode(raw)
		if err != nil || !json.Valid(raw) {
			t.Fatalf("%v in %s", err, raw)
		}
		switch r.EventName {
		case "AuthorizeSecurityGroupIngress", "AttachUserPolicy", "CreateAccessKey", "PutRolePolicy", "ListUsers", "CreateUser", "ListRoles",
			"RunInstances", "StopInstances", "TerminateInstances", "PutKeyPolicy":
			changes++
			actors[r.Actor().Key()] = true
		}
	}
	within(t, "changes", float64(changes)/records, 0.017, 0.023)
	within(t, "actors of changes", float64(len(actors)), 200, 400)
}
