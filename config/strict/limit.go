package strict

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// MaxBytes is the longest text that is read as settings.
	MaxBytes = 1 << 20
	// maxDepth is how deep its lists and mappings may stand in one another. The parser takes memory by the square of it.
	maxDepth = 64
)

// tooMuchError says why a text is not read as settings at all.
type tooMuchError struct {
	Line    int
	Problem string
}

// Error implements error.
func (e *tooMuchError) Error() string { return e.Problem }

// parse reads YAML that keeps to the limits; else the error is a *tooMuchError, and nothing was parsed.
func parse(data []byte, mode ...parser.Option) (*ast.File, error) {
	if len(data) > MaxBytes {
		return nil, &tooMuchError{1, fmt.Sprintf("longer than %d bytes; settings must be smaller", MaxBytes)}
	}
	tokens := lexer.Tokenize(string(data))
	if at := tooDeep(tokens); at != nil {
		return nil, &tooMuchError{at.Position.Line, fmt.Sprintf("lists and mappings are nested deeper than %d here; settings must be flatter", maxDepth)}
	}
	return parser.Parse(tokens, 0, mode...)
}

// tooDeep gives the first token that stands deeper than allowed; nil if none does. In block style what stands further to
// the right stands deeper. Tags and anchors one after another count as levels, as they do for the parser.
func tooDeep(tokens token.Tokens) *token.Token {
	flow, properties := 0, 0
	var columns []int // of the blocks around
	for _, t := range tokens {
		at := t
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow = max(flow-1, 0)
		case token.MappingValueType, token.SequenceEntryType, token.MappingKeyType:
			if t.Type == token.MappingValueType && t.Prev != nil {
				at = t.Prev // the key
			}
			if flow > 0 {
				break
			}
			for len(columns) > 0 && columns[len(columns)-1] >= at.Position.Column {
				columns = columns[:len(columns)-1]
			}
			columns = append(columns, at.Position.Column)
		}
		switch {
		case t.Type == token.TagType || t.Type == token.AnchorType:
			properties++
		case t.Prev == nil || t.Prev.Type != token.AnchorType: // not the name of an anchor
			properties = 0
		}
		if flow+properties+len(columns) > maxDepth {
			return t
		}
	}
	return nil
}
