// Package sigma makes detections of rules in the Sigma format (https://sigmahq.io), for the log source AWS CloudTrail.
//
// A rule is compiled once into closures over the record's JSON tree. From its condition the events it can match at
// all are worked out, so that an index asks it about those alone and two hundred rules cost little more than one.
//
// Supported are field paths with dots, lists, null, the wildcards * and ?, keywords, the modifiers contains,
// startswith, endswith, all, re (with i, m and s), cidr, exists, base64, base64offset, fieldref, cased, lt, lte, gt and
// gte, conditions with and, or, not, brackets, "1 of" and "all of", and the correlations event_count, value_count, temporal and
// temporal_ordered. Whatever else a rule uses is an error that names the file and the line: no rule is half understood.
package sigma

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/trailwarden/trailwarden/alerting/detect"
)

// maxFile bounds the size of a rule file in bytes.
const maxFile = 1 << 20

// Error is one fault of one rule file.
type Error struct {
	File    string
	Line    int // from 1; 0 if the fault is in no one line
	Problem string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Problem
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem)
}

// Load reads the rules of files, globs and folders, the last with all .yml and .yaml files below them. Every fault
// is told at once: the error joins one *Error each. A path that leads to no file is a fault.
func Load(paths []string) ([]*detect.Rule, error) {
	var errs []error
	var docs []document
	for _, path := range paths {
		files, err := expand(path)
		if err != nil {
			errs = append(errs, &Error{File: path, Problem: err.Error()})
			continue
		}
		for _, file := range files {
			text, err := read(file)
			if err != nil {
				errs = append(errs, &Error{File: file, Problem: err.Error()})
				continue
			}
			more, err := split(file, text)
			docs = append(docs, more...)
			errs = append(errs, err)
		}
	}
	rules, err := compileAll(docs)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return rules, nil
}

// Compile makes rules of the text of one file; name stands for it in errors.
func Compile(name string, text []byte) ([]*detect.Rule, error) {
	docs, err := split(name, text)
	if err != nil {
		return nil, err
	}
	return compileAll(docs)
}

// expand lists the rule files a path means, in order.
func expand(path string) ([]string, error) {
	matches, err := filepath.Glob(path)
	if err != nil {
		return nil, fmt.Errorf("read the pattern: %w", err)
	}
	if len(matches) == 0 {
		return nil, errors.New("no such file: name a rule file, a folder or a pattern that matches some")
	}
	var files []string
	for _, match := range matches {
		err := filepath.WalkDir(match, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			ext := filepath.Ext(file)
			if !entry.IsDir() && (file == match || ext == ".yml" || ext == ".yaml") {
				files = append(files, file)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for rule files: %w", err)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func read(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open the rule file: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the rule file: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("larger than %d bytes: no rule is", maxFile)
	}
	return text, nil
}

// split reads the YAML documents of a file.
func split(file string, text []byte) ([]document, error) {
	var docs []document
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var node yaml.Node
		err := decoder.Decode(&node)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return docs, &Error{File: file, Problem: "no YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
		}
		if len(node.Content) == 0 || node.Content[0].Tag == "!!null" {
			continue
		}
		d := document{file: file, node: node.Content[0]}
		if twice := repeated(d.node); twice != nil {
			return docs, d.fault(twice, "the key %q is given twice", twice.Value)
		}
		docs = append(docs, d)
	}
}

// repeated finds a key that a mapping has twice; nil if none has. Readers of YAML differ in which of them they take.
func repeated(n *yaml.Node) *yaml.Node {
	seen := map[string]bool{}
	for i, item := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if seen[item.Value] {
				return item
			}
			seen[item.Value] = true
		}
		if twice := repeated(item); twice != nil {
			return twice
		}
	}
	return nil
}

// compileAll makes rules of documents, correlations last, since they name others.
func compileAll(docs []document) ([]*detect.Rule, error) {
	var errs []error
	var rules []*detect.Rule
	names := map[string]*detect.Rule{}
	for _, d := range docs {
		r, err := d.rule()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, name := range []string{r.ID, d.text("name")} {
			if name == "" || names[name] == r {
				continue
			}
			if other := names[name]; other != nil {
				errs = append(errs, d.fault(d.node, "%q is the name of the rule in %s already", name, other.Origin))
			}
			names[name] = r
		}
		rules = append(rules, r)
	}
	for i, d := range docs {
		if d.get("correlation") != nil && len(errs) == 0 {
			errs = append(errs, d.resolve(rules[i], names))
		}
	}
	return rules, errors.Join(errs...)
}
