package reach

import "strings"

// most is how many calls a bucket remembers the statements of.
const most = 256

// about are the statements of a document whose action and resource may fit a call. What depends on the caller, its conditions
// and variables, is left to applies. It is remembered, for thousands of callers share their policies.
func (q *query) about(d *document) []*statement {
	byDocument := q.found[q.call]
	if byDocument == nil {
		if len(q.found) >= most {
			clear(q.found)
		}
		byDocument = map[*document][]*statement{}
		q.found[q.call] = byDocument
	}
	out, ok := byDocument[d]
	if ok {
		return out
	}
	for i := range d.statements {
		s := &d.statements[i]
		if s.acts(q.call.action) && (s.varies() || s.concerns(q.call.resource)) {
			out = append(out, s)
		}
	}
	byDocument[d] = out
	return out
}

func (s *statement) acts(action string) bool {
	for _, pattern := range s.actions {
		if matches(pattern, action) {
			return !s.NotAction
		}
	}
	return s.NotAction
}

// varies reports whether a resource of the statement depends on the caller.
func (s *statement) varies() bool {
	if !s.variables {
		return false
	}
	for _, r := range s.Resources {
		if strings.Contains(r, "${") {
			return true
		}
	}
	return false
}

// concerns reports whether the statement's resources, which hold no variables, fit. A trust policy has none: it is the role's.
func (s *statement) concerns(resource string) bool {
	for _, pattern := range s.Resources {
		if matches(pattern, resource) {
			return !s.NotResource
		}
	}
	return s.NotResource || len(s.Resources) == 0
}

// applies says whether a statement, whoever it speaks to, applies to the call.
func (q *query) applies(s *statement) truth {
	t := always()
	if s.varies() {
		t = never()
		for _, pattern := range s.Resources {
			t = t.or(q.resourceFits(s, pattern))
		}
		if s.NotResource {
			t = t.not()
		}
	}
	for i := range s.conditions {
		if t.state == no {
			return t
		}
		t = t.and(q.holds(&s.conditions[i], s))
	}
	return t
}

func (q *query) resourceFits(s *statement, pattern string) truth {
	filled, t := q.filled(pattern, s, true)
	if t.state == no || !intersect(filled, []rune(q.call.resource)) {
		return never()
	}
	return t
}

// denial is a Deny that may hit the call.
type denial struct {
	truth
	because Because
}

// denials are the statements of a document that deny the call. named says whether its statements name principals.
func (q *query) denials(d *document, named bool) []denial {
	if d == nil {
		return nil
	}
	if d.fault != "" {
		return []denial{{truth: unread(d.gap()), because: Because{Kind: d.kind, Policy: d.name}}}
	}
	var out []denial
	for _, s := range q.about(d) {
		if !s.Deny {
			continue
		}
		t := always()
		if named {
			t = q.meant(s)
		}
		if t = t.and(q.applies(s)); t.state != no {
			out = append(out, denial{truth: t, because: d.because(s)})
		}
	}
	return out
}

// allows are the statements of a document without principals that allow the call.
func (q *query) allows(d *document) []grant {
	if d.fault != "" {
		return []grant{granted(unread(d.gap()), Because{Kind: d.kind, Policy: d.name}, false)}
	}
	var out []grant
	for _, s := range q.about(d) {
		if s.Deny {
			continue
		}
		if t := q.applies(s); t.state != no {
			out = append(out, granted(t, d.because(s), false))
		}
	}
	return out
}
