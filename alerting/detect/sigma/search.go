package sigma

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// expr is a compiled part of a condition: a test of a record's tree, and which events can pass it at all.
type expr struct {
	test  func(tree cloudtrail.Value) bool
	need  need
	guess guess // what the header says of the test
	// literals are text of which a record that passes has at least one; nil: there is no such text.
	literals []detect.Literal
}

func and(parts []expr) expr {
	e := expr{need: anything(), guess: all(parts)}
	for _, p := range parts {
		e.need = e.need.both(p.need)
		e.literals = better(e.literals, p.literals)
	}
	e.test = func(tree cloudtrail.Value) bool {
		return !slices.ContainsFunc(parts, func(p expr) bool { return !p.test(tree) })
	}
	return e
}

func or(parts []expr) expr {
	e := expr{guess: anyOf(parts)}
	known := true
	for _, p := range parts {
		e.need = e.need.either(p.need)
		e.literals = append(e.literals, p.literals...)
		known = known && p.literals != nil
	}
	if !known || len(e.literals) > maxLiterals {
		e.literals = nil
	}
	e.test = func(tree cloudtrail.Value) bool {
		return slices.ContainsFunc(parts, func(p expr) bool { return p.test(tree) })
	}
	return e
}

func not(part expr) expr {
	return expr{test: func(tree cloudtrail.Value) bool { return !part.test(tree) }, need: anything(), guess: part.guess.not()}
}

// search compiles one search of a detection: a mapping is all of its fields, a list any of its mappings or keywords.
func (d document) search(n *yaml.Node) (expr, error) {
	n = plain(n)
	switch n.Kind {
	case yaml.MappingNode:
		var parts []expr
		for i := 0; i+1 < len(n.Content); i += 2 {
			part, err := d.field(n.Content[i], plain(n.Content[i+1]))
			if err != nil {
				return expr{}, err
			}
			parts = append(parts, part)
		}
		if len(parts) == 0 {
			return expr{}, d.fault(n, "an empty mapping matches everything: name what to look for")
		}
		return and(parts), nil
	case yaml.SequenceNode:
		var parts []expr
		for _, item := range n.Content {
			if plain(item).Kind == yaml.SequenceNode {
				return expr{}, d.fault(item, "a list in a list is no search")
			}
			part, err := d.search(item)
			if err != nil {
				return expr{}, err
			}
			parts = append(parts, part)
		}
		if len(parts) == 0 {
			return expr{}, d.fault(n, "an empty list matches nothing: name what to look for")
		}
		return or(parts), nil
	default:
		return d.keywords([]*yaml.Node{n}, modifiers{})
	}
}

// field compiles one "name|modifier: values" of a mapping.
func (d document) field(key, values *yaml.Node) (expr, error) {
	path, names, given := strings.Cut(key.Value, "|")
	if given && names == "" {
		return expr{}, d.fault(key, "%s: no modifier after |", key.Value)
	}
	mods, err := d.modifiers(key, names)
	if err != nil {
		return expr{}, err
	}
	items := []*yaml.Node{values}
	switch values.Kind {
	case yaml.SequenceNode:
		items = nil
		for _, item := range values.Content {
			items = append(items, plain(item))
		}
	case yaml.MappingNode:
		return expr{}, d.fault(values, "%s: a mapping is no value: write nested fields with dots", key.Value)
	}
	if len(items) == 0 {
		return expr{}, d.fault(values, "%s: an empty list matches nothing: name what to look for", key.Value)
	}
	if path == "" {
		return d.keywords(items, mods)
	}
	var parts []expr
	for _, item := range items {
		part, err := d.value(path, mods, item)
		if err != nil {
			return expr{}, err
		}
		parts = append(parts, part)
	}
	if mods.all {
		return and(parts), nil
	}
	return or(parts), nil
}

// value compiles the comparison of one field with one value.
func (d document) value(path string, mods modifiers, item *yaml.Node) (expr, error) {
	if item.Kind != yaml.ScalarNode {
		return expr{}, d.fault(item, "%s: a list in a list, or a mapping, is no value", path)
	}
	switch {
	case mods.exists:
		return d.presence(path, item)
	case item.Tag == "!!null":
		if mods.given {
			return expr{}, d.fault(item, "%s: null goes with no modifier", path)
		}
		return expr{test: func(tree cloudtrail.Value) bool { return !present(tree, path) }, need: anything(), guess: guessNull(path)}, nil
	case mods.fieldref:
		return reference(path, item.Value, mods), nil
	}
	match, err := mods.matcher(item)
	if err != nil {
		return expr{}, d.fault(item, "%s: %v", path, err)
	}
	return expr{
		test: func(tree cloudtrail.Value) bool {
			return detect.Visit(tree, path, func(v cloudtrail.Value) bool { return !v.IsNull() && matches(v, match.match) })
		},
		need:  needOf(path, mods, item.Value),
		guess: guessValue(path, match), literals: literalOf(path, match),
	}, nil
}

// presence compiles "field|exists: true".
func (d document) presence(path string, item *yaml.Node) (expr, error) {
	if item.Tag != "!!bool" {
		return expr{}, d.fault(item, "%s: exists goes with true or false", path)
	}
	want := strings.EqualFold(item.Value, "true")
	return expr{
		test: func(tree cloudtrail.Value) bool {
			return detect.Visit(tree, path, func(cloudtrail.Value) bool { return true }) == want
		},
		need: anything(),
	}, nil
}

// present reports whether a field is there and not null.
func present(tree cloudtrail.Value, path string) bool {
	return detect.Visit(tree, path, func(v cloudtrail.Value) bool { return !v.IsNull() })
}

// reference compiles a comparison of two fields of the record.
func reference(path, other string, mods modifiers) expr {
	compare := mods.comparison()
	return expr{
		test: func(tree cloudtrail.Value) bool {
			return detect.Visit(tree, path, func(v cloudtrail.Value) bool {
				return !v.IsNull() && detect.Visit(tree, other, func(o cloudtrail.Value) bool { return !o.IsNull() && compare(text(v), text(o)) })
			})
		},
		need: anything(),
	}
}

// keywords compiles values looked for anywhere in the record.
func (d document) keywords(items []*yaml.Node, mods modifiers) (expr, error) {
	if mods.given && !mods.onlyAll() {
		return expr{}, d.fault(items[0], "keywords go with no modifier but all")
	}
	var parts []expr
	for _, item := range items {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" || item.Value == "" {
			return expr{}, d.fault(item, "a keyword must be text")
		}
		word := modifiers{contains: true}
		match, err := word.matcher(item)
		if err != nil {
			return expr{}, d.fault(item, "%v", err)
		}
		parts = append(parts, expr{
			test: func(tree cloudtrail.Value) bool { return slices.ContainsFunc(readings(tree.Raw()), match.match) },
			need: anything(), guess: guessText(match.text), literals: literalText(match.text),
		})
	}
	if mods.all {
		return and(parts), nil
	}
	return or(parts), nil
}

// matches tests a value as Sigma compares it; whole objects are their JSON, so that contains looks inside.
func matches(v cloudtrail.Value, match func(string) bool) bool {
	if v.IsObject() {
		return slices.ContainsFunc(readings(v.Raw()), match)
	}
	return match(v.Text())
}

// text is a value as fields are compared with each other; objects are their JSON.
func text(v cloudtrail.Value) string {
	if v.IsObject() {
		return string(v.Raw())
	}
	return v.Text()
}

// readings are JSON as people write what they look for in it: without white space between its parts, and where text in it
// is escaped, as a policy inside of a request is, without the escapes too.
func readings(raw []byte) []string {
	var text bytes.Buffer
	if err := json.Compact(&text, raw); err != nil {
		return []string{string(raw)}
	}
	compact := text.Bytes()
	if bytes.IndexByte(compact, '\\') < 0 {
		return []string{string(compact)}
	}
	return []string{string(compact), plainly(compact)}
}

// plainly takes every escape in JSON for what it stands for.
func plainly(raw []byte) string {
	var out strings.Builder
	for at := 0; at < len(raw); at++ {
		if raw[at] != '\\' || at+1 == len(raw) {
			out.WriteByte(raw[at])
			continue
		}
		size := 2
		if raw[at+1] == 'u' {
			size = len(`\u0000`)
		}
		if v, err := cloudtrail.ParseValue([]byte(`"` + string(raw[at:min(at+size, len(raw))]) + `"`)); err == nil {
			out.WriteString(v.Text())
		}
		at += size - 1
	}
	return out.String()
}
