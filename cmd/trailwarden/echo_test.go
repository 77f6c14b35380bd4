package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestEchoesOfArgumentsAndSettingsAreEscaped: what a script passes on from elsewhere, or a settings file says, moves no
// cursor and adds no line.
func TestEchoesOfArgumentsAndSettingsAreEscaped(t *testing.T) {
	const hostile = "a\x1b[2J\u202e\u009bb\r"
	dir := t.TempDir()
	settings := filepath.Join(dir, "settings.yaml")
	content := "\"x\\e[2J\\u202e\": 1\nhttp: {listen: \"\\e[31m\\nforged:1: line\"}\nrules: {disabled: [\"\\e[2J\"]}\n" +
		"alerting: {receivers: [{name: \"\\e[2J\", console: {}}], routes: [{receivers: [\"\\e[2Jx\"]}]}\n"
	if err := os.WriteFile(settings, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	named := filepath.Join(dir, hostile)
	if err := os.WriteFile(named, []byte("rules: {disabled: [\"\\e[2J\"]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{hostile},
		{"replay", "--" + hostile},
		{"replay", filepath.Join(dir, "none", hostile)},
		{"replay", named},
		{"replay", "--min-severity", hostile, "x"},
		{"exposure", "--policy", hostile},
		{"exposure", "--ownership", hostile},
		{"rules", "show", hostile},
		{"rules", "test", filepath.Join(dir, hostile)},
		{"check", "--config", settings},
		{"check", "--config", named},
		{"check", "--config", hostile},
		{"routes", "test", "--config", named, hostile + "=1"},
		{"alerts", "list", "--url", "http://" + hostile},
		{"alerts", "list", "--status", hostile},
		{"alerts", "show", "--url", "http://127.0.0.1:1", hostile},
		{"silences", "add", "--url", "http://127.0.0.1:1", "--severity", hostile, "--comment", "x"},
		{"run", "--config", settings},
		{"run", "--roles", hostile},
		{"dead", "show", "--url", "http://127.0.0.1:1", hostile},
		{"health", "--url", hostile},
	} {
		var out, err bytes.Buffer
		run(t.Context(), args, strings.NewReader(""), &out, &err)
		if out.Len()+err.Len() == 0 {
			t.Errorf("%q says nothing", args)
		}
		for _, text := range []string{out.String(), err.String()} {
			if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }); i >= 0 {
				t.Errorf("%q prints %q", args, text)
			}
			if strings.Contains(text, "\nforged") {
				t.Errorf("%q lets a value begin a line: %q", args, text)
			}
		}
	}
}
