package history

import (
	"fmt"
	"slices"
)

// Principal is an actor that the settings declare: what it is, and which calls are its work.
type Principal struct {
	Match    string   `yaml:"match"`    // glob on the actor's ARN: * stands for any text, ? for one character
	Kind     Nature   `yaml:"kind"`     // human or automation
	Expected []string `yaml:"expected"` // eventNames; globs too
}

// Validate reports every fault of the declaration, by its path below it.
func (p Principal) Validate(report func(path, problem string)) {
	if p.Match == "" {
		report("match", "is missing; give an ARN, with * for any text")
	}
	if p.Kind != "" && p.Kind != Human && p.Kind != Automation {
		report("kind", fmt.Sprintf("%q is unknown; give human or automation", p.Kind))
	}
	for i, name := range p.Expected {
		if name == "" {
			report(fmt.Sprintf("expected[%d]", i), "is empty; give an eventName such as PutBucketPolicy")
		}
	}
}

// declared finds the first principal that matches an ARN.
func declared(principals []Principal, arn string) (Principal, bool) {
	for _, p := range principals {
		if matches(p.Match, arn) {
			return p, true
		}
	}
	return Principal{}, false
}

func (p Principal) expects(eventName string) bool {
	return slices.ContainsFunc(p.Expected, func(pattern string) bool { return matches(pattern, eventName) })
}

// matches reports whether a glob covers the whole text; unlike path.Match, * passes over slashes and colons.
func matches(pattern, text string) bool {
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
