// Package bucketname judges from a bucket's name how sensitive its contents are likely to be.
//
// A name is taken apart into words: at "-", "." and "_", at digits, and where known words are written together
// ("kopsstate", "dbdump", "hrpayroll"). The words are looked up in a vocabulary of several languages whose
// entries carry a weight from 0 to 100 and a reason; some need two words side by side ("state" says nothing,
// "kops" and "state" say much). Only whole words count: "statement" holds no "state", and "shrimp" no "hr".
//
// The strongest entry gives the sensitivity; each further reason adds a little. A name that speaks of something
// meant to be public ("www", "static", a domain name) weighs less, unless what it names is no matter for the
// public whatever the rest of the name says.
//
// Patterns from the settings come before all this, and decide alone.
package bucketname

import (
	"fmt"
	"slices"
	"strings"
)

// Name is what a bucket's name says about its contents.
type Name struct {
	Sensitivity int      // 0..100; 0 when nothing in the name speaks of secrets
	Reasons     []string // "\"kops\" and \"state\": state of infrastructure, with keys in it", strongest first
	Public      bool     // the name speaks of something meant to be public: www, static, assets, a domain name
}

const (
	furtherReason = 3  // what each reason after the first adds
	publicRelief  = 40 // what a public name takes off an entry …
	grave         = 85 // … that weighs less than this
)

// Vocabulary is the built-in words and the configured patterns. It never changes and is safe for concurrent use.
type Vocabulary struct {
	patterns Config
	entries  []entry         // heaviest first
	harmless []entry         // whose words weigh nothing
	tails    []string        // words so grave and long that they are seen behind any other
	known    map[string]bool // every word that a joined name may consist of
	public   map[string]bool
}

// entry is one meaning: all of its words must stand in the name.
type entry struct {
	words  []string
	weight int
	reason string
}

// New makes the vocabulary with patterns of the settings before it.
func New(cfg Config) *Vocabulary {
	v := &Vocabulary{patterns: cfg, known: map[string]bool{}, public: map[string]bool{}}
	for _, t := range topics() {
		for term := range strings.FieldsSeq(t.terms) {
			words := strings.Split(term, "+")
			v.entries = append(v.entries, entry{words, t.weight, t.reason})
			for _, w := range words {
				v.known[w] = true
			}
			if len(words) == 1 && t.weight >= graveTail && len(term) >= longTail {
				v.tails = append(v.tails, term)
			}
		}
	}
	for term := range strings.FieldsSeq(harmless) {
		v.harmless = append(v.harmless, entry{words: strings.Split(term, "+")})
	}
	for w := range strings.FieldsSeq(publicWords) {
		v.public[w], v.known[w] = true, true
	}
	for w := range strings.FieldsSeq(plainWords) {
		v.known[w] = true
	}
	slices.SortStableFunc(v.entries, func(a, b entry) int {
		if a.weight != b.weight {
			return b.weight - a.weight
		}
		return len(b.words) - len(a.words)
	})
	return v
}

// Look judges a bucket's name. An empty name says nothing.
func (v *Vocabulary) Look(name string) Name {
	name = strings.ToLower(name)
	words := v.words(name)
	public := isDomain(name) || slices.ContainsFunc(words, func(w string) bool { return v.public[w] && !v.bound(w, words) })
	if slices.Contains(words, "cdk") { // the assets of the CDK are code and templates, not those of a website
		public = false
	}
	for _, p := range v.patterns {
		if matches(strings.ToLower(p.Match), name) {
			return fromPattern(p, public)
		}
	}
	return v.judge(words, public)
}

// bound reports whether a word is part of a meaning of several words that stand in the name: images of disks are no
// pictures.
func (v *Vocabulary) bound(word string, words []string) bool {
	return slices.ContainsFunc(v.entries, func(e entry) bool {
		return len(e.words) > 1 && slices.Contains(e.words, word) && containsAll(words, e.words)
	})
}

func fromPattern(p Pattern, public bool) Name {
	n := Name{Sensitivity: p.Sensitivity, Public: public && p.Sensitivity < grave || p.Sensitivity == 0}
	if p.Sensitivity > 0 {
		reason := fmt.Sprintf("configured pattern %q", p.Match)
		if p.Reason != "" {
			reason += ": " + p.Reason
		}
		n.Reasons = []string{reason}
	}
	return n
}

// judge adds up the entries whose words stand in the name. A word counts once, and so does a reason.
func (v *Vocabulary) judge(words []string, public bool) Name {
	n := Name{Public: public}
	used := v.idle(words)
	reasons := map[string]bool{}
	for _, e := range v.entries {
		if !containsAll(words, e.words) || slices.ContainsFunc(e.words, func(w string) bool { return used[w] }) {
			continue
		}
		for _, w := range e.words {
			used[w] = true
		}
		weight := e.weight
		if public && weight < grave {
			weight -= publicRelief
		}
		if weight <= 0 || reasons[e.reason] {
			continue
		}
		reasons[e.reason] = true
		n.Reasons = append(n.Reasons, quoted(e.words)+": "+e.reason)
		if n.Sensitivity == 0 {
			n.Sensitivity = weight
		} else {
			n.Sensitivity = min(100, n.Sensitivity+furtherReason)
		}
	}
	return n
}

// idle gives the words that weigh nothing where they stand together.
func (v *Vocabulary) idle(words []string) map[string]bool {
	idle := map[string]bool{}
	for _, e := range v.harmless {
		if containsAll(words, e.words) {
			for _, w := range e.words {
				idle[w] = true
			}
		}
	}
	return idle
}

func containsAll(words, wanted []string) bool {
	for _, w := range wanted {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

func quoted(words []string) string {
	return `"` + strings.Join(words, `" and "`) + `"`
}
