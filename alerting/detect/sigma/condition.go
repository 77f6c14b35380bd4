package sigma

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	parser "github.com/bradleyjkemp/sigma-go"
	"gopkg.in/yaml.v3"
)

// Bounds of a condition: far beyond what people write, and small enough to be parsed without danger.
const (
	maxTokens = 1000
	maxDepth  = 50
)

// detection compiles the searches and the condition of a rule.
func (d document) detection() (expr, error) {
	n := d.get("detection")
	if n == nil || n.Kind != yaml.MappingNode {
		return expr{}, d.fault(d.node, "no detection: searches and a condition are wanted")
	}
	c := conditions{document: d}
	var stated *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], plain(n.Content[i+1])
		switch key.Value {
		case "condition":
			stated = value
			continue
		case "timeframe":
			return expr{}, d.fault(key, "timeframe is not supported: write a correlation rule")
		}
		if slices.Contains(c.names, key.Value) {
			return expr{}, d.fault(key, "the search %q is given twice", key.Value)
		}
		search, err := d.search(value)
		if err != nil {
			return expr{}, err
		}
		c.names, c.searches = append(c.names, key.Value), append(c.searches, search)
	}
	if stated == nil {
		return expr{}, d.fault(n, "no condition: say how the searches go together")
	}
	items := []*yaml.Node{stated}
	if stated.Kind == yaml.SequenceNode {
		items = stated.Content
	}
	var parts []expr
	for _, item := range items {
		part, err := c.compile(item)
		if err != nil {
			return expr{}, err
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return expr{}, d.fault(stated, "no condition: say how the searches go together")
	}
	return or(parts), nil
}

// conditions compiles conditions over named searches.
type conditions struct {
	document
	names    []string
	searches []expr
}

func (c *conditions) compile(item *yaml.Node) (expr, error) {
	if item.Kind != yaml.ScalarNode || item.Value == "" {
		return expr{}, c.fault(item, "a condition must be text")
	}
	spelled, err := c.spell(item)
	if err != nil {
		return expr{}, err
	}
	parsed, perr := parser.ParseCondition(spelled)
	if perr != nil || !c.sound(parsed.Search) {
		return expr{}, c.fault(item, "the condition %q cannot be read", item.Value)
	}
	return c.expr(parsed.Search), nil
}

// sound reports whether all that a parsed condition names is a search: the parser takes a lone "not" for one.
func (c *conditions) sound(e parser.SearchExpr) bool {
	switch e := e.(type) {
	case parser.And:
		return !slices.ContainsFunc(e, func(e parser.SearchExpr) bool { return !c.sound(e) })
	case parser.Or:
		return !slices.ContainsFunc(e, func(e parser.SearchExpr) bool { return !c.sound(e) })
	case parser.Not:
		return c.sound(e.Expr)
	case parser.SearchIdentifier:
		_, err := strconv.Atoi(strings.TrimPrefix(e.Name, "s"))
		return err == nil
	default:
		return false
	}
}

// spell writes a condition out for the parser, which knows less than Sigma does: each search as s and its number,
// operators in lower case, and "1 of", "any of" and "all of" as brackets with or and and.
func (c *conditions) spell(item *yaml.Node) (string, error) {
	tokens := regexp.MustCompile(`[()|]|[^\s()|]+`).FindAllString(item.Value, maxTokens+1)
	if len(tokens) > maxTokens {
		return "", c.fault(item, "the condition has more than %d words", maxTokens)
	}
	var out []string
	depth := 0
	for i := 0; i < len(tokens); i++ {
		word := strings.ToLower(tokens[i])
		switch {
		case word == "|":
			return "", c.fault(item, "aggregations after | are not supported: write a correlation rule")
		case word == "(" || word == ")":
			if depth += map[string]int{"(": 1, ")": -1}[word]; depth > maxDepth {
				return "", c.fault(item, "the condition has more than %d brackets in one another", maxDepth)
			}
			out = append(out, word)
		case word == "and" || word == "or" || word == "not":
			out = append(out, word)
		case i+2 < len(tokens) && strings.EqualFold(tokens[i+1], "of"):
			group, err := c.group(item, word, tokens[i+2])
			if err != nil {
				return "", err
			}
			out = append(out, group)
			i += 2
		default:
			at := slices.Index(c.names, tokens[i])
			if at < 0 {
				return "", c.fault(item, "the condition names the search %q, which there is not", tokens[i])
			}
			out = append(out, "s"+strconv.Itoa(at))
		}
	}
	return strings.Join(out, " "), nil
}

// group writes out "1 of them" and its like.
func (c *conditions) group(item *yaml.Node, count, which string) (string, error) {
	joint := " or "
	switch count {
	case "1", "any":
	case "all":
		joint = " and "
	default:
		return "", c.fault(item, "%q of is not supported: use 1 of, any of or all of", count)
	}
	var members []string
	p := parsePattern(which, true)
	for i, name := range c.names {
		if strings.EqualFold(which, "them") && !strings.HasPrefix(name, "_") || p.match(name) {
			members = append(members, "s"+strconv.Itoa(i))
		}
	}
	if len(members) == 0 {
		return "", c.fault(item, "no search is called %q", which)
	}
	return "(" + strings.Join(members, joint) + ")", nil
}

// expr puts the searches together as the parsed condition says.
func (c *conditions) expr(e parser.SearchExpr) expr {
	switch e := e.(type) {
	case parser.And:
		return and(c.all(e))
	case parser.Or:
		return or(c.all(e))
	case parser.Not:
		return not(c.expr(e.Expr))
	case parser.SearchIdentifier:
		if i, err := strconv.Atoi(strings.TrimPrefix(e.Name, "s")); err == nil && i >= 0 && i < len(c.searches) {
			return c.searches[i]
		}
	}
	return or(nil) // spell writes nothing else
}

func (c *conditions) all(list []parser.SearchExpr) []expr {
	out := make([]expr, len(list))
	for i, e := range list {
		out[i] = c.expr(e)
	}
	return out
}
