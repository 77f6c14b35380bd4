package strict_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/config/strict"
)

func TestEnvironSetsEveryKey(t *testing.T) {
	s := settings{Queues: []queue{{URL: "a", Retries: 1}}}
	set, faults := strict.Environ([]string{
		"TW_NAME=n", "TW_WAIT=2m", "TW_DEBUG=true", "TW_TAGS=[DE, US]", "TW_QUEUES_0_URL=b",
		"TW_QUEUES_1_REGION=eu-west-1", "TW_HTTP_LISTEN=:1", "TW_WEIGHTS={grant: 3}", "TW_LEVEL=low", "TW_WEBHOOK_URL=https://hunter2",
		"OTHER=x", "TW_TOKEN=hunter2",
	}, "TW_", &s, func(v string) string { return "env:" + v })
	if faults != nil {
		t.Fatalf("faults: %v", faults)
	}
	want := settings{
		Name: "n", Wait: 2 * time.Minute, Debug: true, Tags: []string{"DE", "US"}, Level: 1,
		Queues:    []queue{{URL: "b", Retries: 1}, {Retries: 3, Common: common{"eu-west-1"}}},
		Weights:   map[string]float64{"grant": 3},
		TokenFile: "env:TW_TOKEN",
		Webhook:   &webhook{"env:TW_WEBHOOK_URL"},
	}
	want.HTTP.Listen = ":1"
	if diff := cmp.Diff(want, s, cmp.AllowUnexported(queue{})); diff != "" {
		t.Errorf("settings differ:\n%s", diff)
	}
	if set["queues[1].region"] != "TW_QUEUES_1_REGION" || set["token_file"] != "TW_TOKEN" {
		t.Errorf("set = %v", set)
	}
}

// Elements are set in the order of their numbers, whatever the order of the variables.
func TestEnvironSetsLongLists(t *testing.T) {
	var s settings
	var environ []string
	for i := range 12 {
		environ = append(environ, fmt.Sprintf("TW_QUEUES_%d_URL=queue-%d", i, i), fmt.Sprintf("TW_QUEUES_%d_REGION=eu-west-%d", i, i))
	}
	if _, faults := strict.Environ(environ, "TW_", &s, func(v string) string { return v }); faults != nil {
		t.Fatalf("faults: %v", faults)
	}
	if len(s.Queues) != 12 || s.Queues[11].URL != "queue-11" || s.Queues[10].Common.Region != "eu-west-10" {
		t.Errorf("queues %+v", s.Queues)
	}
}

func TestEnvironTellsFaults(t *testing.T) {
	var s settings
	_, faults := strict.Environ([]string{
		"TW_NMAE=x", "TW_WAIT=soon", "TW_QUEUES_2_URL=x", "TW_TAGS=[", "TW_DEBUG=perhaps", "TW_QUEUES_X=1",
	}, "TW_", &s, func(v string) string { return v })
	got := map[string]string{}
	for _, f := range faults {
		got[f.Key] = f.Problem
	}
	for _, name := range []string{"TW_NMAE", "TW_WAIT", "TW_QUEUES_2_URL", "TW_TAGS", "TW_DEBUG", "TW_QUEUES_X"} {
		if got[name] == "" {
			t.Errorf("%s: no fault", name)
		}
	}
	if len(faults) != 6 {
		t.Errorf("%d faults, want 6: %v", len(faults), faults)
	}
}

func TestFileKeysVisitsWhatNamesAFile(t *testing.T) {
	s := settings{Name: "n", TokenFile: "t", Webhook: &webhook{"u"}, Tags: []string{"a"}}
	var got []string
	strict.FileKeys(&s, func(key string, text *string) {
		got = append(got, key+" "+*text)
		*text = "/etc/" + *text
	})
	want := []string{"webhook.url_file u", "token_file t"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visited:\n%s", diff)
	}
	if s.Webhook.URLFile != "/etc/u" {
		t.Errorf("url_file = %q, want it rewritten", s.Webhook.URLFile)
	}
}
