// Package strict reads settings from YAML and from the environment into plain structs, and tells every fault at
// once, each with its line: unknown keys, keys given twice, values of the wrong kind.
//
// Fields are found by their `yaml` tags; a nested struct tagged `yaml:",inline"` lends its fields to its parent.
// A value of the environment is YAML itself, so lists and maps can be given as well ("[DE, US]").
package strict

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Fault is one thing wrong with the settings.
type Fault struct {
	Line    int    // in the file; 0 where there is none
	Key     string // dotted path: "consumer.queues[0].url"; empty for the file as a whole
	Problem string // what is wrong and what to do
}

// Document remembers where each key of a file stands.
type Document struct {
	lines  map[string]int
	faults []Fault
	budget int // values still allowed, so that aliases cannot multiply without end
	anchor map[string]ast.Node
}

const maxValues = 100_000

// Decode reads the YAML document data into the struct that into points to, on top of the values already there.
// The faults are in the order of the file; nothing is echoed of a line that cannot be parsed.
func Decode(data []byte, into any) (*Document, []Fault) {
	d := &Document{lines: map[string]int{}, budget: maxValues, anchor: map[string]ast.Node{}}
	file, err := parse(data, parser.AllowDuplicateMapKey())
	if limit, ok := errors.AsType[*tooMuchError](err); ok {
		d.fault(limit.Line, "", limit.Problem)
		return d, d.faults
	}
	if err != nil {
		d.fault(syntaxLine(err), "", "this is not YAML: "+syntaxProblem(err))
		return d, d.faults
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType {
			continue
		}
		if body != nil {
			d.fault(line(doc.Body), "", "a second document begins here; keep all settings in one")
			continue
		}
		body = doc.Body
	}
	if body != nil {
		d.value(body, "", reflect.ValueOf(into).Elem())
	}
	return d, d.faults
}

// Line is the line of the key at path, or of its nearest parent that the file has; 1 if it has none.
func (d *Document) Line(path string) int {
	for path != "" {
		if n, ok := d.lines[path]; ok {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}

func (d *Document) fault(at int, key, problem string) {
	d.faults = append(d.faults, Fault{Line: at, Key: key, Problem: problem})
}

// value reads node into v. path is the key it stands under.
func (d *Document) value(node ast.Node, path string, v reflect.Value) {
	if d.budget--; d.budget < 0 {
		if d.budget == -1 {
			d.fault(line(node), path, fmt.Sprintf("more than %d values, aliases counted; write less", maxValues))
		}
		return
	}
	if v.Kind() == reflect.Pointer { // settings that may be left out; "key:" and "key: {}" put them in
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			setDefaults(v.Elem())
		}
		v = v.Elem()
	}
	switch n := node.(type) {
	case *ast.AnchorNode:
		d.anchor[text(n.Name)] = n.Value
		d.value(n.Value, path, v)
		return
	case *ast.AliasNode:
		target, ok := d.anchor[text(n.Value)]
		if !ok {
			d.fault(line(node), path, "this alias names no anchor above it")
			return
		}
		d.value(target, path, v)
		return
	case *ast.TagNode:
		d.value(n.Value, path, v)
		return
	case *ast.NullNode:
		return // a key without a value keeps its default
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.scalar(node, path, v, func(s string) error { return u.UnmarshalText([]byte(s)) })
		return
	}
	if u, ok := v.Addr().Interface().(yaml.InterfaceUnmarshaler); ok {
		d.custom(node, path, u)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.object(node, path, v)
	case reflect.Map:
		d.table(node, path, v)
	case reflect.Slice:
		d.list(node, path, v)
	default:
		d.scalar(node, path, v, func(s string) error { return setScalar(v, s) })
	}
}

// custom lets a type read the node by itself, each of its tries as strictly as any value.
func (d *Document) custom(node ast.Node, path string, u yaml.InterfaceUnmarshaler) {
	var tries [][]Fault
	err := u.UnmarshalYAML(func(into any) error {
		try := &Document{lines: map[string]int{}, budget: d.budget, anchor: d.anchor}
		try.value(node, path, reflect.ValueOf(into).Elem())
		if len(try.faults) > 0 {
			tries = append(tries, try.faults)
			return errors.New(try.faults[0].Problem)
		}
		return nil
	})
	switch _, list := node.(*ast.SequenceNode); {
	case err == nil:
	case len(tries) == 0:
		d.fault(line(node), path, err.Error())
	case list: // types that read themselves try a list first
		d.faults = append(d.faults, tries[0]...)
	default:
		d.faults = append(d.faults, tries[len(tries)-1]...)
	}
}

func (d *Document) object(node ast.Node, path string, v reflect.Value) {
	fields := fieldsOf(v)
	d.members(node, path, "settings", func(name, key string, m *ast.MappingValueNode) {
		f, ok := fields[name]
		if !ok {
			d.fault(line(m.Key), key, "unknown key"+nearest(name, fields))
			return
		}
		d.value(m.Value, key, f)
	})
}

func (d *Document) table(node ast.Node, path string, v reflect.Value) {
	out := reflect.MakeMap(v.Type())
	d.members(node, path, "names", func(name, key string, m *ast.MappingValueNode) {
		e := reflect.New(v.Type().Elem()).Elem()
		if old := v.MapIndex(reflect.ValueOf(name)); old.IsValid() {
			e.Set(old)
		}
		d.value(m.Value, key, e)
		out.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), e)
	})
	if !v.IsNil() {
		for _, k := range v.MapKeys() {
			if !out.MapIndex(k).IsValid() {
				out.SetMapIndex(k, v.MapIndex(k))
			}
		}
	}
	v.Set(out)
}

func (d *Document) members(node ast.Node, path, what string, visit func(name, key string, m *ast.MappingValueNode)) {
	var values []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		d.fault(line(node), path, "expected "+what+" with values here, as in \"key: value\"")
		return
	}
	seen := map[string]bool{}
	for _, m := range values {
		if m.Key.Type() == ast.MergeKeyType {
			d.fault(line(m.Key), path, "merge keys (<<) are not supported; write the keys out")
			continue
		}
		name := text(m.Key)
		key := name
		if path != "" {
			key = path + "." + name
		}
		if seen[name] {
			d.fault(line(m.Key), key, "given twice; keep one")
			continue
		}
		seen[name] = true
		d.lines[key] = line(m.Key)
		visit(name, key, m)
	}
}

func (d *Document) list(node ast.Node, path string, v reflect.Value) {
	n, ok := node.(*ast.SequenceNode)
	if !ok {
		d.fault(line(node), path, "expected a list here, as in \"[a, b]\"")
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(n.Values))
	for i, item := range n.Values {
		key := fmt.Sprintf("%s[%d]", path, i)
		d.lines[key] = line(item)
		e := reflect.New(v.Type().Elem()).Elem()
		setDefaults(e)
		d.value(item, key, e)
		out = reflect.Append(out, e)
	}
	v.Set(out)
}

func (d *Document) scalar(node ast.Node, path string, v reflect.Value, set func(string) error) {
	written := ""
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		var ok bool
		if written, ok = address(node); !ok {
			d.fault(line(node), path, "expected "+kindName(v)+" here, not a list or settings")
			return
		}
	default:
		written = text(node)
	}
	if err := set(written); err != nil {
		d.fault(line(node), path, problemOf(path, err))
	}
}

// Value reads the YAML text of one value, as the environment gives it, into v.
func decodeText(data string, path string, v reflect.Value) []Fault {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(data)); err != nil {
			return []Fault{{Key: path, Problem: problemOf(path, err)}}
		}
		return nil
	}
	if v.Kind() == reflect.String {
		v.SetString(data)
		return nil
	}
	d := &Document{lines: map[string]int{}, budget: maxValues, anchor: map[string]ast.Node{}}
	file, err := parse([]byte(data))
	if limit, ok := errors.AsType[*tooMuchError](err); ok {
		return []Fault{{Key: path, Problem: limit.Problem}}
	}
	if err != nil || len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return []Fault{{Key: path, Problem: "the value is not " + kindName(v) + " in YAML"}}
	}
	d.value(file.Docs[0].Body, path, v)
	for i := range d.faults {
		d.faults[i].Line = 0
	}
	return d.faults
}

// address is a text with a port that the parser took for a mapping, as it does with host:4222 in a list within braces. YAML
// asks for a space after the colon of a mapping; here there is none.
func address(n ast.Node) (string, bool) {
	m, ok := n.(*ast.MappingValueNode)
	if all, many := n.(*ast.MappingNode); many && len(all.Values) == 1 {
		m, ok = all.Values[0], true
	}
	if !ok || m.Start == nil || m.Value.GetToken() == nil || m.Value.GetToken().Position.Offset != m.Start.Position.Offset+1 {
		return "", false
	}
	return strings.TrimSpace(text(m.Key)) + ":" + text(m.Value), true
}

func line(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}

// text is a scalar as written: an account number keeps its leading zeros.
func text(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.MappingKeyNode:
		return text(n.Value)
	}
	if t := n.GetToken(); t != nil {
		return t.Value
	}
	return n.String()
}

func syntaxLine(err error) int {
	var e yaml.Error
	if asYAML(err, &e) && e.GetToken() != nil {
		return e.GetToken().Position.Line
	}
	return 1
}

func syntaxProblem(err error) string {
	var e yaml.Error
	if asYAML(err, &e) {
		return e.GetMessage()
	}
	return "it cannot be read"
}
