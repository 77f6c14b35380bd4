package notifytest

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
)

// Page draws a message and the replies in its thread as a client of Slack shows them, as an HTML page.
func Page(blocks json.RawMessage, thread []string) (string, error) {
	var all []shown
	if err := json.Unmarshal(blocks, &all); err != nil {
		return "", fmt.Errorf("read blocks: %w", err)
	}
	page, err := template.New("page").Funcs(template.FuncMap{"lines": func(s string) []string { return strings.Split(s, "\n") }}).Parse(pageText)
	if err != nil {
		return "", fmt.Errorf("read page: %w", err)
	}
	var out strings.Builder
	if err := page.Execute(&out, map[string]any{"Blocks": all, "Thread": thread}); err != nil {
		return "", fmt.Errorf("draw page: %w", err)
	}
	return out.String(), nil
}

// Label, Bold, Italic and Primary are what the page asks of an element.
func (e shownElement) Label() string { return e.label() }

// Bold reports whether the element is written so.
func (e shownElement) Bold() bool { return e.styled("bold") }

// Italic reports whether the element is written so.
func (e shownElement) Italic() bool { return e.styled("italic") }

// Primary reports whether the element is the one that is likely to be pressed.
func (e shownElement) Primary() bool { return string(e.Style) == `"primary"` }

const pageText = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Slack</title><style>
body{margin:0;background:#fff;color:#1d1c1d;font:15px/1.47 Lato,"Noto Sans","DejaVu Sans",Arial,sans-serif}
main{width:800px;padding:18px 22px 20px 78px;position:relative}
.face{position:absolute;left:26px;top:20px;width:38px;height:38px;border-radius:8px;background:#24344d;color:#fff;font-weight:700;text-align:center;line-height:38px}
.name{font-weight:700}.app{font-size:10px;background:#e8e8e8;color:#616061;border-radius:3px;padding:1px 4px;vertical-align:2px;margin-left:4px}
.block{margin:6px 0 10px;white-space:pre-wrap;overflow-wrap:anywhere}.header{font-size:19px;font-weight:700;line-height:1.3;margin:2px 0 8px}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:10px 24px;white-space:pre-wrap;overflow-wrap:anywhere}
.pre{font:12.5px/1.5 Menlo,Consolas,"DejaVu Sans Mono",monospace;background:#f8f8f8;border:1px solid #ddd;border-radius:4px;padding:8px;margin-top:6px;white-space:pre-wrap;overflow-wrap:anywhere}
.actions{display:flex;flex-wrap:wrap;gap:8px}.button{border:1px solid #bbb;border-radius:4px;padding:4px 12px;font-size:13.5px;font-weight:700}
.primary{background:#007a5a;border-color:#007a5a;color:#fff}.context{font-size:12.5px;color:#616061;display:flex;flex-wrap:wrap;gap:2px 12px}a{color:#1264a3;text-decoration:none}
.thread{margin-top:14px;border-left:3px solid #ddd;padding-left:14px}.replies{color:#1264a3;font-size:13px;font-weight:700}
.reply{font-size:13.5px;margin-top:8px;white-space:pre-wrap;overflow-wrap:anywhere}
</style></head><body><main><div class="face">T</div><span class="name">Trailwarden</span><span class="app">APP</span>
{{range .Blocks}}{{if eq .Type "header"}}<div class="block header">{{.Text.Text}}</div>
{{else if eq .Type "section"}}<div class="block fields">{{range .Fields}}<div>{{range $i, $line := lines .Text}}{{if eq $i 0}}<b>{{$line}}</b>{{else}}
{{$line}}{{end}}{{end}}</div>{{end}}</div>
{{else if eq .Type "rich_text"}}<div class="block">{{range .Elements}}<div{{if eq .Type "rich_text_preformatted"}} class="pre"{{end}}>{{range .Elements}}{{if .URL}}<a href="{{.URL}}">{{.Label}}</a>{{else if .Bold}}<b>{{.Label}}</b>{{else if .Italic}}<i>{{.Label}}</i>{{else}}{{.Label}}{{end}}{{end}}</div>{{end}}</div>
{{else if eq .Type "actions"}}<div class="block actions">{{range .Elements}}<span class="button{{if .Primary}} primary{{end}}">{{.Label}}</span>{{end}}</div>
{{else}}<div class="block context">{{range .Elements}}<span>{{.Label}}</span>{{end}}</div>{{end}}{{end}}
{{if .Thread}}<div class="thread"><div class="replies">In the thread</div>{{range .Thread}}<div class="reply">{{.}}</div>{{end}}</div>{{end}}
</main><script>document.body.dataset.height=Math.ceil(document.documentElement.getBoundingClientRect().height)</script></body></html>
`
