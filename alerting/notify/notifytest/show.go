package notifytest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// shown is a block as a client of Slack shows it.
type shown struct {
	Type     string
	Text     *textObject
	Fields   []textObject
	Elements []shownElement
}

// shownElement is a part of a block: a text, a part of a rich text, or something to press.
type shownElement struct {
	Type        string
	Text        json.RawMessage // a string or a text object
	Elements    []shownElement
	URL         string
	Style       json.RawMessage // of a text: bold and italic; of a button: its colour
	Placeholder *textObject
}

// label is the element's text, whichever way it is written.
func (e shownElement) label() string {
	var s string
	if json.Unmarshal(e.Text, &s) == nil && s != "" {
		return s
	}
	var o textObject
	if json.Unmarshal(e.Text, &o) == nil && o.Text != "" {
		return o.Text
	}
	if e.Placeholder != nil {
		return e.Placeholder.Text + " ▾"
	}
	return ""
}

// styled reports whether a text is bold, or italic.
func (e shownElement) styled(how string) bool {
	var style map[string]bool
	return json.Unmarshal(e.Style, &style) == nil && style[how]
}

// Show is what a message says, a line of it a line: the headline after #, fields after -, what can be copied after $,
// what can be pressed in brackets, and the small print at the end.
func (m Message) Show() (string, error) {
	var blocks []shown
	if m.Blocks == nil {
		return m.Text, nil
	}
	if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
		return "", fmt.Errorf("read blocks: %w", err)
	}
	var out strings.Builder
	for _, b := range blocks {
		b.show(&out)
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

func (b shown) show(out *strings.Builder) {
	switch b.Type {
	case "header":
		fmt.Fprintf(out, "# %s\n", b.Text.Text)
	case "section":
		for _, f := range b.Fields {
			fmt.Fprintf(out, "- %s\n", strings.ReplaceAll(f.Text, "\n", ": "))
		}
	case "rich_text":
		for _, part := range b.Elements {
			text := ""
			for _, e := range part.Elements {
				text += e.label()
			}
			if part.Type == "rich_text_preformatted" {
				text = "$ " + strings.ReplaceAll(text, "\n", "\n$ ")
			}
			out.WriteString(strings.TrimRight(text, "\n") + "\n")
		}
	default:
		labels := make([]string, len(b.Elements))
		for i, e := range b.Elements {
			labels[i] = e.label()
			if b.Type == "actions" {
				labels[i] = "[" + labels[i] + "]"
			}
		}
		out.WriteString(strings.Join(labels, " ") + "\n")
	}
}
