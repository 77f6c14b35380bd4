package sigma

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

// document is one YAML document of a rule file.
type document struct {
	file string
	node *yaml.Node
}

func (d document) fault(at *yaml.Node, format string, args ...any) *Error {
	return &Error{File: d.file, Line: at.Line, Problem: fmt.Sprintf(format, args...)}
}

// get is the value of a top-level key, nil if there is none.
func (d document) get(key string) *yaml.Node { return member(d.node, key) }

// text is a top-level key's text, empty if it has none.
func (d document) text(key string) string {
	if n := d.get(key); n != nil && n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return n.Value
	}
	return ""
}

// member is the value of a key of a mapping, nil if there is none.
func member(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return plain(n.Content[i+1])
		}
	}
	return nil
}

// plain follows an alias to what it stands for.
func plain(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// rule makes a rule of the document. One of a correlation is without the rules it is over: see resolve.
func (d document) rule() (*detect.Rule, error) {
	if d.node.Kind != yaml.MappingNode {
		return nil, d.fault(d.node, "no Sigma rule: a mapping with title, logsource and detection is wanted")
	}
	title := d.text("title")
	if title == "" {
		return nil, d.fault(d.node, "no title: give the rule one")
	}
	if n := d.get("action"); n != nil {
		return nil, d.fault(n, "action is not supported: write each rule out in full")
	}
	severity, err := d.severity()
	if err != nil {
		return nil, err
	}
	r := &detect.Rule{
		ID: d.id(title), Title: title, Why: strings.TrimSpace(d.text("description")), Do: d.advice(),
		Severity: severity, Techniques: d.techniques(), Origin: fmt.Sprintf("%s:%d", d.file, d.node.Line),
	}
	if d.get("correlation") != nil {
		r.Correlation, err = d.correlation()
		return r, err
	}
	if err := d.logsource(); err != nil {
		return nil, err
	}
	e, err := d.detection()
	if err != nil {
		return nil, err
	}
	r.Events, r.Network = e.need.events(), asksForNetwork(d.get("detection"))
	r.Literals, r.Wants = e.literals, e.wants
	r.Match = func(in *detect.Input) *detect.Hit {
		tree := in.Tree()
		if !tree.Exists() || !e.test(tree) {
			return nil
		}
		return &detect.Hit{
			Severity: severity, Exact: true, Attempt: in.Record.Failed(),
			Detail: fmt.Sprintf("%s: %s by %s.", strings.TrimSuffix(title, "."), in.Record.EventName, in.Record.Actor().Name),
		}
	}
	return r, nil
}

// id is the rule's own id, else its name, else what its title makes.
func (d document) id(title string) string {
	if id := d.text("id"); id != "" {
		return id
	}
	if name := d.text("name"); name != "" {
		return name
	}
	slug := regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(title), "-")
	return strings.Trim(slug, "-")
}

func (d document) severity() (alert.Severity, error) {
	switch level := d.text("level"); level {
	case "informational":
		return alert.Info, nil
	case "":
		return alert.Medium, nil
	default:
		severity, err := alert.ParseSeverity(level)
		if err != nil || level == "info" {
			return 0, d.fault(d.get("level"), "level %q: use informational, low, medium, high or critical", level)
		}
		return severity, nil
	}
}

// advice is what a Sigma rule has to say to whoever answers the alert.
func (d document) advice() string {
	var known []string
	if n := d.get("falsepositives"); n != nil {
		for _, item := range n.Content {
			known = append(known, item.Value)
		}
	}
	if len(known) == 0 {
		return "Look at the record, and ask the actor."
	}
	return "Look at the record, and ask the actor. Known to be harmless: " + strings.Join(known, "; ")
}

// techniques are the ATT&CK techniques among the tags.
func (d document) techniques() []string {
	form := regexp.MustCompile(`^attack\.(t\d{4}(\.\d{3})?)$`)
	var out []string
	if n := d.get("tags"); n != nil {
		for _, tag := range n.Content {
			if m := form.FindStringSubmatch(strings.ToLower(tag.Value)); m != nil {
				out = append(out, strings.ToUpper(m[1]))
			}
		}
	}
	return out
}

func (d document) logsource() error {
	n := d.get("logsource")
	if n == nil {
		return d.fault(d.node, "no logsource: product: aws and service: cloudtrail are wanted")
	}
	value := func(key string) string {
		if m := member(n, key); m != nil {
			return strings.ToLower(m.Value)
		}
		return ""
	}
	if value("product") != "aws" || value("service") != "cloudtrail" {
		return d.fault(n, "log source %q, %q: only rules with product: aws and service: cloudtrail can be judged", value("product"), value("service"))
	}
	return nil
}
