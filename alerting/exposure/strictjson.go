package exposure

import (
	"bytes"
	"errors"
	"fmt"
	"io"

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
	d := jsontext.NewDecoder(bytes.NewBuffer(doc))
	n, err := readNode(d, 0)
	if err != nil {
		return node{}, fmt.Errorf("not one clear JSON document: %w", plain(err))
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("not one clear JSON document: there is text behind its end")
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

func readNode(d *jsontext.Decoder, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, errDepth
	}
	tok, err := d.ReadToken()
	if err != nil {
		return node{}, err
	}
	switch n := (node{kind: tok.Kind()}); n.kind {
	case '{':
		return n.readMembers(d, depth)
	case '[':
		return n.readItems(d, depth)
	default:
		n.text = tok.String()
		n.size = len(n.text)
		if n.kind == '"' {
			n.size += 2
		}
		return n, nil
	}
}

func (n node) readMembers(d *jsontext.Decoder, depth int) (node, error) {
	const usual = 5 // members of a statement
	n.size, n.members = 1, make([]member, 0, usual)
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return node{}, err
		}
		m := member{name: name.String()}
		if m.node, err = readNode(d, depth+1); err != nil {
			return node{}, err
		}
		n.members = append(n.members, m)
		n.size += len(m.name) + m.size + 4
	}
	_, err := d.ReadToken()
	return n, err
}

func (n node) readItems(d *jsontext.Decoder, depth int) (node, error) {
	n.size = 1
	for d.PeekKind() != ']' {
		item, err := readNode(d, depth+1)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
		n.size += item.size + 1
	}
	_, err := d.ReadToken()
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
