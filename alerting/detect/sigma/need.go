package sigma

import (
	"slices"
	"strings"
)

// need is which events can pass an expression at all: any one of its kinds. It may name too many, never too few.
type need []kind

// kind is an event source and a name, each in lower case or "*"; a name may end in "*".
type kind struct{ source, name string }

// maxNeed bounds how many kinds are told apart; what needs more is looked for among all events.
const maxNeed = 256

func anything() need { return need{{"*", "*"}} }

// needOf is what comparing one field with one value asks of the event.
func needOf(path string, mods modifiers, value string) need {
	if mods.re || mods.cidr || mods.number != "" || mods.contains || mods.endswith || mods.base64 || mods.base64offset {
		return anything()
	}
	p := parsePattern(value, false).around(false, mods.startswith)
	text, ok := p.literal()
	if prefix, isPrefix := p.prefix(); isPrefix && strings.EqualFold(path, "eventName") {
		text, ok = prefix+"*", true
	}
	if !ok || text == "" || strings.Contains(text, "/") || strings.Contains(strings.TrimSuffix(text, "*"), "*") {
		return anything()
	}
	switch {
	case path == "eventSource" && !strings.HasSuffix(text, "*"):
		return need{{text, "*"}}
	case path == "eventName":
		return need{{"*", text}}
	default:
		return anything()
	}
}

// both is what two expressions need together.
func (n need) both(o need) need {
	var out need
	for _, a := range n {
		for _, b := range o {
			source, ok := meet(a.source, b.source)
			name, okName := meet(a.name, b.name)
			if k := (kind{source, name}); ok && okName && !slices.Contains(out, k) {
				out = append(out, k)
			}
			if len(out) > maxNeed {
				return narrower(n, o)
			}
		}
	}
	return out
}

// either is what one of two expressions needs.
func (n need) either(o need) need {
	out := slices.Clone(n)
	for _, k := range o {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	if len(out) > maxNeed || slices.Contains(out, kind{"*", "*"}) {
		return anything()
	}
	return out
}

// meet is the narrower of two that can both be true of one text; ok is false if they cannot.
func meet(a, b string) (text string, ok bool) {
	if len(a) < len(b) && strings.HasSuffix(a, "*") || a == "*" {
		a, b = b, a
	}
	prefix, wild := strings.CutSuffix(b, "*")
	if a == b || wild && strings.HasPrefix(a, prefix) {
		return a, true
	}
	if prefix, wild = strings.CutSuffix(a, "*"); wild && strings.HasPrefix(b, prefix) {
		return b, true
	}
	return "", false
}

func narrower(a, b need) need {
	if len(a) < len(b) && !slices.Contains(a, kind{"*", "*"}) || slices.Contains(b, kind{"*", "*"}) {
		return a
	}
	return b
}

// events writes the kinds as detect.Rule.Events has them.
func (n need) events() []string {
	out := make([]string, len(n))
	for i, k := range n {
		out[i] = k.source + "/" + k.name
	}
	return out
}
