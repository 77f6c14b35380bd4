package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out, errs bytes.Buffer
	dir := t.TempDir()
	if exit := run([]string{"-records", "60", "-per-file", "20", dir}, &out, &errs); exit != 0 {
		t.Fatalf("exit %d: %s", exit, errs.String())
	}
	if !strings.HasPrefix(out.String(), "60 records in 3 files") {
		t.Errorf("said %q", out.String())
	}
	files, err := filepath.Glob(dir + "/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/111122223333_CloudTrail_eu-west-1_20260302T0800Z_*.json.gz")
	if err != nil || len(files) != 3 {
		t.Errorf("files %q, %v", files, err)
	}
}

func TestRunUsage(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		exit int
		says string
	}{
		"help":          {[]string{"-h"}, 0, "Example:"},
		"no folder":     {nil, 2, "name the folder"},
		"unknown flag":  {[]string{"-colour"}, 2, "colour"},
		"bad time":      {[]string{"-start", "today", "d"}, 2, "start"},
		"bad number":    {[]string{"-actors", "0", "d"}, 2, "positive"},
		"bad share":     {[]string{"-exposed", "2", "d"}, 2, "from 0 to 1"},
		"no such place": {[]string{"-records", "1", "/dev/null/x"}, 1, "folder"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if exit := run(test.args, &out, &errs); exit != test.exit || !strings.Contains(errs.String(), test.says) {
				t.Errorf("exit %d, said %q", exit, errs.String())
			}
		})
	}
}
