package sigma

import (
	"regexp"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/trailwarden/trailwarden/alerting/detect"
)

// correlation reads what a correlation rule says of itself; resolve finds the rules it is over.
func (d document) correlation() (*detect.Correlation, error) {
	n := d.get("correlation")
	if n.Kind != yaml.MappingNode {
		return nil, d.fault(n, "correlation: a mapping with type, rules, group-by, timespan and condition is wanted")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key := n.Content[i]; key.Value {
		case "type", "rules", "group-by", "timespan", "condition", "generate":
		default:
			return nil, d.fault(key, "correlation: %q is not supported", key.Value)
		}
	}
	c := &detect.Correlation{GroupBy: texts(member(n, "group-by"))}
	kind := member(n, "type")
	if kind == nil {
		return nil, d.fault(n, "correlation: no type")
	}
	switch c.Kind = detect.CorrelationKind(kind.Value); c.Kind {
	case detect.EventCount, detect.ValueCount:
		if err := d.threshold(n, c); err != nil {
			return nil, err
		}
	case detect.Temporal, detect.Ordered:
		if extra := member(n, "condition"); extra != nil {
			return nil, d.fault(extra, "correlation: %s takes no condition", c.Kind)
		}
	default:
		return nil, d.fault(kind, "correlation: the type %q is not supported: use event_count, value_count, temporal or temporal_ordered", kind.Value)
	}
	return c, d.timespan(n, c)
}

// threshold reads the condition of a count: one of gt, gte and eq, and for values the field they are of.
func (d document) threshold(n *yaml.Node, c *detect.Correlation) error {
	at := member(n, "condition")
	if at == nil || at.Kind != yaml.MappingNode {
		return d.fault(n, "correlation: no condition: say from which count on, as gte: 10")
	}
	for i := 0; i+1 < len(at.Content); i += 2 {
		key, value := at.Content[i], at.Content[i+1]
		switch key.Value {
		case "field":
			c.Field = value.Value
			continue
		case "gt":
			c.Op = ">"
		case "gte":
			c.Op = ">="
		case "eq":
			c.Op = "=="
		default:
			return d.fault(key, "correlation: the condition %q is not supported: use gt, gte or eq", key.Value)
		}
		count, err := strconv.Atoi(value.Value)
		if err != nil || count < 1 || count > detect.MaxCorrelated || c.Value != 0 {
			return d.fault(value, "correlation: one count from 1 to %d is wanted", detect.MaxCorrelated)
		}
		c.Value = count
	}
	if c.Value == 0 {
		return d.fault(at, "correlation: no count: use gt, gte or eq")
	}
	if (c.Field != "") != (c.Kind == detect.ValueCount) {
		return d.fault(at, "correlation: a field goes with value_count, and with nothing else")
	}
	return nil
}

func (d document) timespan(n *yaml.Node, c *detect.Correlation) error {
	at := member(n, "timespan")
	if at == nil {
		return d.fault(n, "correlation: no timespan")
	}
	m := regexp.MustCompile(`^([1-9]\d{0,4})([smhdw])$`).FindStringSubmatch(at.Value)
	if m == nil {
		return d.fault(at, "correlation: %q is no time span like 30s, 10m, 1h, 7d or 2w", at.Value)
	}
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	count, err := strconv.Atoi(m[1])
	if err != nil {
		return d.fault(at, "correlation: %q is no time span", at.Value)
	}
	c.Span = time.Duration(count) * unit
	return nil
}

// resolve finds the rules a correlation is over by id or name, and hides them unless they are to alert as well.
func (d document) resolve(r *detect.Rule, names map[string]*detect.Rule) error {
	n := d.get("correlation")
	refs := member(n, "rules")
	if refs == nil || len(texts(refs)) == 0 {
		return d.fault(n, "correlation: no rules")
	}
	for _, name := range texts(refs) {
		other := names[name]
		switch {
		case other == nil:
			return d.fault(refs, "correlation: no rule has the id or name %q", name)
		case other.Correlation != nil:
			return d.fault(refs, "correlation: %q is a correlation itself, which is not supported", name)
		}
		r.Correlation.Rules = append(r.Correlation.Rules, other.ID)
		if generate := member(n, "generate"); generate == nil || generate.Value != "true" {
			other.Hidden = true
		}
	}
	return nil
}

// texts is the text of a scalar, or of the items of a list.
func texts(n *yaml.Node) []string {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode:
		return []string{n.Value}
	}
	var out []string
	for _, item := range n.Content {
		out = append(out, plain(item).Value)
	}
	return out
}
