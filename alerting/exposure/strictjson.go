package exposure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// node is one value of a JSON document, read strictly: valid UTF-8, no member name twice, nothing behind it.
type node struct {
	kind    jsontext.Kind // one of { [ " 0 t f n
	text    string        // of a string decoded, of a number or literal as written
	members []member
	items   []node
	size    int // bytes without insignificant white space
}

type member struct {
	name string
	node
}

// maxDepth is how deeply a document may nest; policies and ACLs need five levels.
const maxDepth = 64

var errDepth = errors.New("nested too deeply")

func parseJSON(doc []byte) (node, error) {
	r := nodeReader{Decoder: jsontext.NewDecoder(bytes.NewBuffer(doc)), doc: string(doc)}
	n, err := r.read(0)
	if err != nil {
		return node{}, fmt.Errorf("invalid JSON: %w", plain(err))
	}
	if _, err := r.ReadToken(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("invalid JSON: unexpected text after the document")
	}
	return n, nil
}

// plain takes the reader's own prefix off an error, which nobody outside needs.
func plain(err error) error {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return fmt.Errorf("%w after %d bytes", syntactic.Err, syntactic.ByteOffset)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("it is empty")
	}
	return err
}

// nodeReader makes few allocations, for a policy is thousands of small values: its texts are parts of one string, and
// members and items are gathered on stacks and copied off when their number is known.
type nodeReader struct {
	*jsontext.Decoder
	doc     string
	members []member
	items   []node
}

func (r *nodeReader) read(depth int) (node, error) {
	if depth > maxDepth {
		return node{}, errDepth
	}
	n := node{kind: r.PeekKind()}
	switch n.kind {
	case '{', '[':
		if _, err := r.ReadToken(); err != nil {
			return node{}, err
		}
		if n.kind == '{' {
			return r.readMembers(n, depth)
		}
		return r.readItems(n, depth)
	}
	text, err := r.readText()
	n.text, n.size = text, len(text)
	if n.kind == '"' {
		n.size += 2
	}
	return n, err
}

// readText reads a string, decoded, or a number or literal as written.
func (r *nodeReader) readText() (string, error) {
	raw, err := r.ReadValue()
	if err != nil {
		return "", err
	}
	end := int(r.InputOffset())
	text := r.doc[end-len(raw) : end]
	if text[0] != '"' {
		return text, nil
	}
	if strings.IndexByte(text, '\\') < 0 {
		return text[1 : len(text)-1], nil
	}
	plain, err := jsontext.AppendUnquote(nil, raw)
	return string(plain), err
}

func (r *nodeReader) readMembers(n node, depth int) (node, error) {
	n.size = 1
	first := len(r.members)
	for r.PeekKind() != '}' {
		name, err := r.readText()
		if err != nil {
			return node{}, err
		}
		m := member{name: name}
		if m.node, err = r.read(depth + 1); err != nil {
			return node{}, err
		}
		r.members = append(r.members, m)
		n.size += len(m.name) + m.size + 4
	}
	n.members, r.members = slices.Clone(r.members[first:]), r.members[:first]
	_, err := r.ReadToken()
	return n, err
}

func (r *nodeReader) readItems(n node, depth int) (node, error) {
	n.size = 1
	first := len(r.items)
	for r.PeekKind() != ']' {
		item, err := r.read(depth + 1)
		if err != nil {
			return node{}, err
		}
		r.items = append(r.items, item)
		n.size += item.size + 1
	}
	n.items, r.items = slices.Clone(r.items[first:]), r.items[:first]
	_, err := r.ReadToken()
	return n, err
}

// list is the node's items, or the node itself as the only one: JSON born of XML and policies mean the same.
func (n node) list() []node {
	if n.kind == '[' {
		return n.items
	}
	return []node{n}
}

// what names the kind of value in a sentence.
func (n node) what() string {
	switch n.kind {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case '0':
		return "a number"
	case 'n':
		return "null"
	default:
		return "true or false"
	}
}
