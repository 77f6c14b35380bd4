package deploy_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/coreos/go-systemd/v22/unit"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	natsconf "github.com/nats-io/nats-server/v2/conf"
	"gopkg.in/yaml.v3"
)

// TestEveryFileIsParsed finds for each file the one who can read it; a file that nobody can read has no place here.
func TestEveryFileIsParsed(t *testing.T) {
	t.Setenv("NATS_NAME", "nats-1")
	setKeys(t)
	for _, name := range files(t, ".") {
		t.Run(name, func(t *testing.T) {
			data := read(t, name)
			read, ok := reader(name)
			if !ok {
				t.Fatal("nothing here can read such a file")
			}
			if err := read(name, data); err != nil {
				t.Error(err)
			}
			if strings.HasSuffix(name, ".gz") {
				return
			}
			if bytes.Contains(data, []byte("\r")) || len(data) > 0 && data[len(data)-1] != '\n' {
				t.Error("ends its lines otherwise than with a newline")
			}
		})
	}
}

// setKeys puts the public keys of the roles where NATS finds them, one for each.
func setKeys(t *testing.T) {
	t.Helper()
	for role, key := range map[string]string{
		"CONSUMER": "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
		"ENRICH":   "UB32J5FT4AWYUAP372PDONAOAHDCJPMWEBJ4LOH3KA7EKGGZJ6IMA4QW",
		"ALERTING": "UB5KCXTQEBGWK57T7SE54MDVBMIR2DEQKULONP3DSNTSOKREE4WNM5V3",
	} {
		t.Setenv("NATS_"+role+"_NKEY", key)
	}
}

// reader gives what reads files of that name.
func reader(name string) (func(name string, data []byte) error, bool) {
	base := filepath.Base(name)
	switch {
	case strings.Contains(name, "/templates/"):
		return readTemplate, true
	case strings.HasPrefix(name, "quickstart/"), base == ".keep", base == ".gitignore":
		return readNothing, true
	case strings.HasPrefix(base, "Dockerfile"):
		return readDockerfile, true
	case strings.HasPrefix(name, "package/") && filepath.Ext(base) == "":
		return readScript, true
	}
	switch filepath.Ext(base) {
	case ".go", ".md", ".1", ".bash", ".fish", ".zsh", ".env":
		return readNothing, true // the compiler, people, and .ci/systemd
	case ".yaml":
		return func(_ string, data []byte) error { var v any; return yaml.Unmarshal(data, &v) }, true
	case ".json":
		return func(_ string, data []byte) error { var v any; return json.Unmarshal(data, &v) }, true
	case ".tf":
		return readTerraform, true
	case ".service":
		return func(_ string, data []byte) error {
			_, err := unit.DeserializeOptions(bytes.NewReader(data))
			return err
		}, true
	case ".conf":
		return func(name string, _ []byte) error { _, err := natsconf.ParseFile(name); return err }, true
	default:
		return nil, false
	}
}

func readNothing(string, []byte) error { return nil }

func readTemplate(name string, data []byte) error {
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	_, err := t.Parse(string(data), "", "", map[string]*parse.Tree{})
	return err
}

// fault is a file that says what it must not.
type fault string

func (f fault) Error() string { return string(f) }

func readTerraform(name string, data []byte) error {
	if _, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos); diags.HasErrors() {
		return diags
	}
	if !bytes.Equal(hclwrite.Format(data), data) {
		return fault("is not as terraform fmt would write it")
	}
	return nil
}

func readScript(_ string, data []byte) error {
	if !bytes.HasPrefix(data, []byte("#!/bin/sh\n")) || !bytes.Contains(data, []byte("\nset -e\n")) {
		return fault("is no script that stops at its first error")
	}
	return nil
}

func readDockerfile(name string, data []byte) error {
	if strings.HasSuffix(name, ".dockerignore") {
		return nil
	}
	joined := strings.ReplaceAll(string(data), "\\\n", " ")
	for line := range strings.Lines(joined) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "", "#", "ARG", "FROM", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD":
		default:
			return fault("has the unknown instruction " + word)
		}
	}
	return nil
}

// files are all files below dir that are kept in the repository, with slashes, relative to this folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case "secrets", "data", ".terraform":
				return filepath.SkipDir
			}
			return nil
		}
		names = append(names, filepath.ToSlash(path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decode reads a YAML or JSON file into v.
func decode(t *testing.T, name string, v any) {
	t.Helper()
	if err := yaml.Unmarshal(read(t, name), v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
