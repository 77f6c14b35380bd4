package remedy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

var errUnclear = errors.New("the policy cannot be evaluated")

// policy is a policy document that can be judged, and where its statements stand in the text.
type policy struct {
	text       string
	version    string
	statements []string // raw
	begin, end int      // of the value of Statement in the text
	parsed     *exposure.Policy
	parts      []part
	count      []int // of the parts of each statement
}

// part is what one statement allows to one principal: the least that can be taken out.
type part struct {
	at        int // index of its statement
	statement exposure.Statement
	grant     exposure.Grant
	goes      bool
}

// readPolicy reads a document that S3 would take; of any other nothing is known that may be rewritten.
func readPolicy(r exposure.Resource, text string) (*policy, error) {
	p := &policy{text: unquoted(text)}
	parsed, err := exposure.ParsePolicy([]byte(p.text))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnclear, err)
	}
	if len(parsed.Faults)+len(parsed.Remarks) > 0 {
		return nil, fmt.Errorf("%w: %s", errUnclear, strings.Join(append(parsed.Faults, parsed.Remarks...), "; "))
	}
	p.parsed = parsed
	all, err := members(p.text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnclear, err)
	}
	for _, m := range all {
		switch m.name {
		case "Version":
			p.version = unquoted(m.value)
		case "Statement":
			p.begin, p.end = m.begin, m.end
			if p.statements, err = items(m.value); err != nil {
				return nil, fmt.Errorf("%w: %w", errUnclear, err)
			}
		}
	}
	if len(p.statements) != len(parsed.Statements) {
		return nil, errUnclear
	}
	p.judge(r)
	return p, nil
}

// judge tells apart what each principal of each Allow is given, the Denies of the policy considered.
func (p *policy) judge(r exposure.Resource) {
	var alone exposure.Policy
	p.count = make([]int, len(p.statements))
	for i, st := range p.parsed.Statements {
		if st.Deny {
			alone.Statements = append(alone.Statements, st)
			continue
		}
		principals := [][]exposure.Principal{st.Principals}
		if !st.NotPrincipal && len(st.Principals) > 0 {
			principals = slices.Collect(slices.Chunk(st.Principals, 1))
		}
		for _, one := range principals {
			st.Principals = one
			alone.Statements = append(alone.Statements, st)
			p.parts = append(p.parts, part{at: i, statement: st})
			p.count[i]++
		}
	}
	for i, grant := range r.Grants(&alone) {
		p.parts[i].grant = grant
	}
}

// without is the text of the policy without some of its parts, and what is left of them; empty where no statement is.
func (p *policy) without(drop func(part) bool) (text string, kept []part, err error) {
	var left []string
	for i, raw := range p.statements {
		var dropped []bool
		for _, one := range p.parts {
			if one.at != i {
				continue
			}
			dropped = append(dropped, drop(one))
			if !dropped[len(dropped)-1] {
				kept = append(kept, one)
			}
		}
		switch {
		case !slices.Contains(dropped, true):
			left = append(left, raw)
		case slices.Contains(dropped, false):
			if raw, err = withoutPrincipals(raw, dropped); err != nil {
				return "", nil, err
			}
			left = append(left, raw)
		}
	}
	if len(left) == 0 {
		return "", nil, nil
	}
	if len(left) == len(p.statements) && slices.Equal(left, p.statements) {
		return p.text, kept, nil
	}
	return p.with(left), kept, nil
}

// with is the text of the policy with other statements.
func (p *policy) with(statements []string) string {
	return p.text[:p.begin] + "[" + strings.Join(statements, ",") + "]" + p.text[p.end:]
}

// withoutPrincipals is the text of a statement without some of its principals, which are counted as the statement's
// reader counts them. Nothing else of the text changes.
func withoutPrincipals(statement string, dropped []bool) (string, error) {
	all, err := members(statement)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(all, func(m member) bool { return m.name == "Principal" })
	if at < 0 {
		return "", errShape
	}
	kinds, err := members(all[at].value)
	if err != nil {
		return "", err
	}
	var left []string
	n := 0
	for _, kind := range kinds {
		ids, err := items(kind.value)
		if err != nil {
			return "", err
		}
		var keep []string
		for _, id := range ids {
			if n < len(dropped) && !dropped[n] {
				keep = append(keep, id)
			}
			n++
		}
		name := all[at].value[kind.start:kind.begin]
		switch {
		case len(keep) == len(ids):
			left = append(left, name+kind.value)
		case len(keep) > 0:
			left = append(left, name+"["+strings.Join(keep, ",")+"]")
		}
	}
	if n != len(dropped) || len(left) == 0 {
		return "", errShape
	}
	return statement[:all[at].begin] + "{" + strings.Join(left, ",") + "}" + statement[all[at].end:], nil
}

// ownOnly is the text of a policy whose first statement allows to the account itself what it allowed to others: for what
// has a policy that cannot be deleted.
func (p *policy) ownOnly(partition, account string) (string, error) {
	at := slices.IndexFunc(p.parsed.Statements, func(st exposure.Statement) bool { return !st.Deny })
	if at < 0 {
		return "", errShape
	}
	raw := p.statements[at]
	all, err := members(raw)
	if err != nil {
		return "", err
	}
	for _, m := range all {
		if m.name == "Principal" || m.name == "NotPrincipal" {
			raw = raw[:m.start] + fmt.Sprintf(`"Principal":{"AWS":"arn:%s:iam::%s:root"}`, partition, account) + raw[m.end:]
		}
	}
	return p.with([]string{raw}), nil
}
