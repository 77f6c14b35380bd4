package notifytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

type textObject struct {
	Type, Text string
	Verbatim   bool
}

type block struct {
	Type     string
	Text     *textObject
	Fields   []textObject
	Elements json.RawMessage
}

// checkBlocks says what Slack would refuse the blocks for; "" for nothing.
func checkBlocks(raw json.RawMessage) string {
	if raw == nil {
		return ""
	}
	var blocks []block
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return "blocks are no JSON: " + err.Error()
	}
	if len(blocks) > 50 {
		return fmt.Sprintf("%d blocks", len(blocks))
	}
	if n := utf8.RuneCount(raw); n > 13000 {
		return fmt.Sprintf("blocks of %d characters", n)
	}
	for i, b := range blocks {
		if problem := checkBlock(b); problem != "" {
			return fmt.Sprintf("block %d (%s): %s", i, b.Type, problem)
		}
	}
	return ""
}

func checkBlock(b block) string {
	switch b.Type {
	case "header":
		if b.Text == nil || b.Text.Type != "plain_text" {
			return "header without plain_text"
		}
		return checkText(*b.Text, 150)
	case "section":
		if b.Text == nil && len(b.Fields) == 0 || len(b.Fields) > 10 {
			return fmt.Sprintf("%d fields", len(b.Fields))
		}
		if b.Text != nil {
			if problem := checkText(*b.Text, 3000); problem != "" {
				return problem
			}
		}
		return checkTexts(b.Fields, 2000)
	case "context":
		var elements []textObject
		if json.Unmarshal(b.Elements, &elements) != nil || len(elements) == 0 || len(elements) > 10 {
			return fmt.Sprintf("%d elements", len(elements))
		}
		return checkTexts(elements, 3000)
	case "rich_text":
		return checkRichText(b.Elements)
	case "actions":
		return checkActions(b.Elements)
	default:
		return "of a type the alerts do not use"
	}
}

func checkTexts(all []textObject, limit int) string {
	for _, t := range all {
		if problem := checkText(t, limit); problem != "" {
			return problem
		}
	}
	return ""
}

func checkText(t textObject, limit int) string {
	if t.Text == "" {
		return "empty text"
	}
	if n := utf8.RuneCountInString(t.Text); n > limit {
		return fmt.Sprintf("text of %d characters", n)
	}
	return ""
}

// checkRichText demands that every element is a text with something in it, or a link of our own.
func checkRichText(raw json.RawMessage) string {
	var parts []struct {
		Type     string
		Elements []struct{ Type, Text, URL string }
	}
	if err := json.Unmarshal(raw, &parts); err != nil || len(parts) == 0 {
		return "no elements"
	}
	for _, p := range parts {
		if p.Type != "rich_text_section" && p.Type != "rich_text_preformatted" || len(p.Elements) == 0 {
			return "unexpected part " + p.Type
		}
		for _, e := range p.Elements {
			if e.Text == "" || e.Type != "text" && e.Type != "link" {
				return "unexpected element " + e.Type
			}
		}
	}
	return ""
}

// alive finds what Slack or a client of it would turn into a mention or a link.
var alive = regexp.MustCompile(`<[!@#a-zA-Z]|(?i)@(here|channel|everyone)|://|mailto:`)

// inspect lists what should not stand in a message: live markup, controls, settings that bring text to life.
func inspect(r *http.Request, m Message) []string {
	var problems []string
	for name, want := range map[string]string{"unfurl_links": "false", "unfurl_media": "false", "mrkdwn": "false", "parse": "none"} {
		if got := r.Form.Get(name); got != want {
			problems = append(problems, fmt.Sprintf("%s is %q", name, got))
		}
	}
	if n := utf8.RuneCountInString(m.Text); m.Blocks != nil && n > 300 {
		problems = append(problems, fmt.Sprintf("text of %d characters beside blocks", n))
	}
	if found := alive.FindString(m.Text); found != "" || strings.ContainsAny(m.Text, "<>`") {
		problems = append(problems, fmt.Sprintf("live text %q in %q", found, m.Text))
	}
	problems = append(problems, controls("text", m.Text)...)
	var blocks []block
	_ = json.Unmarshal(m.Blocks, &blocks)
	for _, b := range blocks {
		all := append([]textObject(nil), b.Fields...)
		if b.Text != nil {
			all = append(all, *b.Text)
		}
		for _, t := range all {
			if t.Type == "mrkdwn" && !t.Verbatim || t.Type == "mrkdwn" && alive.MatchString(t.Text) {
				problems = append(problems, fmt.Sprintf("live markup in %q", t.Text))
			}
		}
	}
	var tree any
	_ = json.Unmarshal(m.Blocks, &tree)
	walk(tree, func(s string) { problems = append(problems, controls("blocks", s)...) })
	return problems
}

func walk(v any, visit func(string)) {
	switch v := v.(type) {
	case string:
		visit(v)
	case []any:
		for _, e := range v {
			walk(e, visit)
		}
	case map[string]any:
		for _, e := range v {
			walk(e, visit)
		}
	}
}

func controls(where, s string) []string {
	for _, r := range s {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
			return []string{fmt.Sprintf("%U in %s %q", r, where, s)}
		}
	}
	return nil
}
