package remedy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

var errShape = errors.New("not of the expected shape")

// member is one member of a JSON object as it is written.
type member struct {
	name       string
	start      int    // of the quoted name in the object's text
	value      string // raw
	begin, end int    // of the value in the object's text
}

// members reads an object, of which a strict reader has said before that no name is there twice.
func members(object string) ([]member, error) {
	d := jsontext.NewDecoder(strings.NewReader(object))
	if d.PeekKind() != '{' {
		return nil, errShape
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, fmt.Errorf("read object: %w", err)
	}
	var out []member
	for d.PeekKind() == '"' {
		name, err := d.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read name: %w", err)
		}
		m := member{name: unquoted(string(name)), start: int(d.InputOffset()) - len(name)}
		value, err := d.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read member: %w", err)
		}
		m.value, m.end = string(value), int(d.InputOffset())
		m.begin = m.end - len(value)
		out = append(out, m)
	}
	return out, nil
}

// items reads the raw elements of a list; anything else is the only element of one.
func items(value string) ([]string, error) {
	d := jsontext.NewDecoder(strings.NewReader(value))
	if d.PeekKind() != '[' {
		return []string{value}, nil
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	var out []string
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read list: %w", err)
		}
		out = append(out, string(v))
	}
	return out, nil
}

// unquoted is what a JSON string says, however often it is wrapped in another; other text is returned as it is.
func unquoted(text string) string {
	for strings.HasPrefix(strings.TrimSpace(text), `"`) {
		inner, err := jsontext.AppendUnquote(nil, strings.TrimSpace(text))
		if err != nil {
			return text
		}
		text = string(inner)
	}
	return text
}
