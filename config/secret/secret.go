// Package secret keeps secrets from being printed. A String shows itself as "[secret]" whatever prints it —
// fmt verbs, JSON, YAML, the logger — and gives its text only to who asks with Reveal.
//
// Settings never hold a secret itself but a reference to it: the path of a file, read anew at every use so that
// a rotated token needs no restart, or "env:NAME" for an environment variable.
package secret

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

const (
	hidden  = "[secret]"
	envRef  = "env:"
	maxSize = 64 << 10
)

// String is a text that must not be shown. It holds a pointer, because fmt prints unexported plain strings
// inside structs.
type String struct{ text *string }

// New wraps text.
func New(text string) String { return String{&text} }

// Reveal gives the text itself; "" for the zero String.
func (s String) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is no text.
func (s String) Empty() bool { return s.Reveal() == "" }

// String implements fmt.Stringer and never gives the text.
func (String) String() string { return hidden }

// GoString implements fmt.GoStringer and never gives the text.
func (String) GoString() string { return hidden }

// Format implements fmt.Formatter: every verb prints the same word.
func (String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText implements encoding.TextMarshaler and never gives the text.
func (String) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// FromEnvironment is the reference to the environment variable of that name, for Read.
func FromEnvironment(name string) string { return envRef + name }

// Read gives the secret that ref refers to: "env:NAME", or a file, whose surrounding white space is dropped. An
// error never repeats ref, which may be the secret itself, put in the wrong place.
func Read(ref string) (String, error) {
	if name, ok := strings.CutPrefix(ref, envRef); ok {
		text := strings.TrimSpace(os.Getenv(name))
		if text == "" {
			return String{}, fmt.Errorf("environment variable %s is empty: set it to the secret", name)
		}
		return New(text), nil
	}
	if ref == "" {
		return String{}, errors.New("no secret is set: name the file that holds it")
	}
	info, err := os.Stat(ref)
	if err != nil {
		return String{}, fmt.Errorf("no readable file (%s); give the path of a file that holds the secret, not the secret", reason(err))
	}
	if !info.Mode().IsRegular() && info.Mode()&os.ModeNamedPipe == 0 || info.Size() > maxSize {
		return String{}, errors.New("no plain file of a secret's size; give the path of a file that holds the secret")
	}
	data, err := os.ReadFile(ref)
	if err != nil {
		return String{}, fmt.Errorf("no readable file (%s); give the path of a file that holds the secret, not the secret", reason(err))
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return String{}, errors.New("the file is empty; write the secret into it")
	}
	return New(text), nil
}

// reason is an error of the operating system without the path it names.
func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return "unreadable"
}
