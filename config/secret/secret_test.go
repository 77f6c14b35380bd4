package secret_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/trailwarden/trailwarden/config/secret"
)

const token = "xoxb-0123456789-hunter2"

func TestStringIsNeverPrinted(t *testing.T) {
	s := secret.New(token)
	holder := struct {
		Name  string
		Token secret.String
		inner secret.String
	}{"soc", s, s}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, s)
		fmt.Fprintf(&out, verb, holder)
		fmt.Fprintf(&out, verb, &holder)
		fmt.Fprintf(&out, verb, []secret.String{s})
	}
	j, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	y, err := yaml.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(y)
	core, logs := observer.New(zapcore.DebugLevel)
	zap.New(core).Info("x", zap.Any("a", s), zap.Any("b", holder), zap.Stringer("c", s))
	for _, e := range logs.All() {
		fmt.Fprint(&out, e.ContextMap())
	}
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), fmt.Sprintf("%x", token)) {
		t.Errorf("the secret was printed: %s", out.String())
	}
	if s.Reveal() != token {
		t.Errorf("Reveal = %q, want the text", s.Reveal())
	}
}

func TestZeroStringIsEmpty(t *testing.T) {
	var s secret.String
	if !s.Empty() || s.Reveal() != "" {
		t.Error("the zero String is not empty")
	}
	if secret.New("x").Empty() {
		t.Error("a String of text is empty")
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{token + "\n", "rotated"} {
		write(text)
		s, err := secret.Read(path)
		if err != nil || s.Reveal() != strings.TrimSpace(text) {
			t.Errorf("Read = %q, %v, want what the file holds now", s.Reveal(), err)
		}
	}
	write(" \n")
	if _, err := secret.Read(path); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("Read of an empty file: %v, want an error that says so", err)
	}
}

func TestReadEnvironment(t *testing.T) {
	t.Setenv("TRAILWARDEN_TEST_TOKEN", token)
	s, err := secret.Read(secret.FromEnvironment("TRAILWARDEN_TEST_TOKEN"))
	if err != nil || s.Reveal() != token {
		t.Errorf("Read = %q, %v", s.Reveal(), err)
	}
	if _, err := secret.Read(secret.FromEnvironment("TRAILWARDEN_TEST_ABSENT")); err == nil {
		t.Error("an absent variable was read without an error")
	}
}

func TestReadNeverRepeatsItsReference(t *testing.T) {
	dir := t.TempDir()
	for _, ref := range []string{token, filepath.Join(dir, token), "", dir} {
		_, err := secret.Read(ref)
		if err == nil {
			t.Errorf("Read(%q) gave no error", ref)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error repeats the reference: %v", err)
		}
	}
}
