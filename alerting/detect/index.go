package detect

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// Index finds the rules an event concerns. It is immutable and safe for concurrent use.
type Index struct {
	rules []*Rule
	byID  map[string]*Rule
	idle  []string // ids of those that are disabled
	// byName leads from an eventName, by its hash, to what wants it; most records end here, with one look-up and no answer.
	byName   map[uint64][]entry
	bySource map[uint64][]entry // whole sources, and prefixes of names within one
	always   []entry            // any source and name
	literals literals           // the same, of rules that name text they cannot do without
	pseudo   map[string][]*Rule // OnExposure, OnProof, OnBurst and OnMoved
	feeds    map[string][]*Rule // correlations by the id of the rules they are over
}

// entry is one wish of one rule, in lower case.
type entry struct {
	source string // empty: any
	name   string // the whole name, or its prefix
	prefix bool
	id     string
	// network: wants records of network activity as well
	network bool
	wants   func(h *cloudtrail.Header, raw []byte) bool
}

// Build makes an index of the rules whose ids are not disabled. Rules keep their order: matches come in it.
func Build(rules []*Rule, disabled []string) *Index {
	x := &Index{
		byID: map[string]*Rule{}, byName: map[uint64][]entry{}, bySource: map[uint64][]entry{},
		pseudo: map[string][]*Rule{}, feeds: map[string][]*Rule{},
	}
	for _, r := range rules {
		if slices.Contains(disabled, r.ID) {
			x.idle = append(x.idle, r.ID)
			continue
		}
		x.rules = append(x.rules, r)
		x.byID[r.ID] = r
		for _, event := range r.Events {
			x.add(r, event)
		}
		if r.Correlation != nil {
			for _, id := range r.Correlation.Rules {
				x.feeds[id] = append(x.feeds[id], r)
			}
		}
	}
	x.literals.build()
	return x
}

// Rules lists the rules in force.
func (x *Index) Rules() []*Rule { return x.rules }

// Known reports whether there is a rule with the id, in force or disabled.
func (x *Index) Known(id string) bool { return x.byID[id] != nil || slices.Contains(x.idle, id) }

// Rule gives the rule in force with the id, nil if there is none.
func (x *Index) Rule(id string) *Rule { return x.byID[id] }

func (x *Index) add(r *Rule, event string) {
	if event == OnExposure || event == OnProof || event == OnBurst || event == OnMoved {
		x.pseudo[event] = append(x.pseudo[event], r)
		return
	}
	x.wish(event, entry{id: r.ID, network: r.Network, wants: r.Wants}, r.Literals)
}

// wish files an entry under the most telling part of the event it wants: source/name, with wildcards.
func (x *Index) wish(event string, e entry, any []Literal) {
	source, name, _ := strings.Cut(strings.ToLower(event), "/")
	if source != "*" {
		e.source = source
	}
	e.name, e.prefix = strings.CutSuffix(name, "*")
	switch {
	case !e.prefix:
		x.byName[hash([]byte(name))] = append(x.byName[hash([]byte(name))], e)
	case x.literals.add(e, any):
	case e.source != "":
		x.bySource[hash([]byte(source))] = append(x.bySource[hash([]byte(source))], e)
	default:
		x.always = append(x.always, e)
	}
}

// Counted reports whether a rule's matches, beyond 100 in an hour, may be told by their number: it was read from a file, so
// nobody here knows how often it matches, and no correlation needs each.
func (x *Index) Counted(id string) bool {
	r := x.byID[id]
	return r != nil && r.Origin != "" && !r.Hidden && len(x.feeds[id]) == 0
}

// Select appends the ids of the rules that want the record to dst, and OnExposure if the exposure state machine wants
// it; each once. Records of network activity are for the rules alone that ask for them. It allocates only if dst must grow. The header must be of this raw record. Sources and names are
// compared without regard to letter case, as Sigma has it.
func (x *Index) Select(h *cloudtrail.Header, raw []byte, dst []string) []string {
	q := query{h: h, raw: raw, from: len(dst), network: h.NetworkActivity()}
	dst = q.pick(x.byName[hash(h.EventName)], dst)
	dst = q.pick(x.bySource[hash(h.EventSource)], dst)
	dst = q.pick(x.always, dst)
	dst = x.literals.pick(&q, dst)
	if !q.network && HasPrefix(h.EventSource, "s3") && exposes(h, raw) {
		dst = append(dst, OnExposure)
	}
	if HasPrefix(h.EventSource, "organizations") && exposure.Organizes(string(h.EventSource), string(h.EventName)) && !q.network {
		dst = append(dst, enrich.OrganizationRule)
	}
	if len(x.pseudo[OnProof]) > 0 && !q.network && exposure.Proves(h) {
		dst = append(dst, OnProof)
	}
	return dst
}

// exposes reports whether the exposure state machine wants the record. Uploads and deletions are many, and almost none
// names an ACL; those of objects that have one are known to the enrichment.
func exposes(h *cloudtrail.Header, raw []byte) bool {
	name := string(h.EventName)
	return exposure.Touches(string(h.EventSource), name) && name != "DeleteObject" && (!exposure.Upload(name) || exposure.Carries(raw))
}

// query is one record asked about.
type query struct {
	h    *cloudtrail.Header
	raw  []byte
	from int // where the answers begin in dst
	// network: the record is one of network activity
	network bool
}

func (q *query) pick(entries []entry, dst []string) []string {
	for i := range entries {
		e := &entries[i]
		if q.network && !e.network || !e.of(q.h) || e.wants != nil && !e.wants(q.h, q.raw) || slices.Contains(dst[q.from:], e.id) {
			continue
		}
		dst = append(dst, e.id)
	}
	return dst
}

// of reports whether the entry is about the record's source and name.
func (e *entry) of(h *cloudtrail.Header) bool {
	if e.source != "" && !EqualFold(h.EventSource, e.source) {
		return false
	}
	name := h.EventName
	if e.prefix {
		name = name[:min(len(name), len(e.name))]
	}
	return EqualFold(name, e.name)
}

// ContainsFold reports whether text holds the ASCII word, given in lower case, whatever text's letters' case: for use in
// Rule.Wants.
func ContainsFold(text []byte, lower string) bool {
	for i := 0; i+len(lower) <= len(text); i++ {
		if c := text[i]; (c == lower[0] || c|0x20 == lower[0]) && EqualFold(text[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

// EqualFold compares ASCII text with text in lower case, whatever its letters' case.
func EqualFold(text []byte, lower string) bool {
	if len(text) != len(lower) {
		return false
	}
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// hash is the same for texts that differ in the case of ASCII letters only. It need not be good: what it finds is compared.
func hash(text []byte) uint64 {
	const (
		lowerBits = 0x2020202020202020 // turns capitals into small letters, eight at a time
		odd       = 0x9e3779b97f4a7c15
	)
	sum := uint64(len(text))
	for len(text) >= 8 {
		sum = (sum ^ (binary.LittleEndian.Uint64(text) | lowerBits)) * odd
		sum ^= sum >> 32
		text = text[8:]
	}
	var rest uint64
	for _, c := range text {
		rest = rest<<8 | uint64(c|0x20)
	}
	sum = (sum ^ rest) * odd
	return sum ^ sum>>32
}

// Match asks the candidates that Select, or the history, named for their verdicts. Candidates no longer in force are
// passed over. The rules on exposure are asked whenever there is a Change; for further changes by the same record,
// ask again with each of them and no candidates. Matches of hidden rules are among the answers: Correlate takes them out.
func (x *Index) Match(in *Input, candidates []string) []Match {
	var out []Match
	ask := func(r *Rule) {
		if slices.ContainsFunc(out, func(m Match) bool { return m.Rule == r }) {
			return
		}
		if hit := r.Judge(in); hit != nil {
			out = append(out, Match{r, hit})
		}
	}
	for _, id := range candidates {
		if r := x.byID[id]; r != nil {
			ask(r)
		}
		if id == OnBurst || id == OnMoved {
			for _, r := range x.pseudo[id] {
				ask(r)
			}
		}
	}
	if in.Change != nil {
		for _, r := range x.pseudo[OnExposure] {
			ask(r)
		}
	}
	if in.Proof != nil && slices.Contains(candidates, OnProof) {
		for _, r := range x.pseudo[OnProof] {
			ask(r)
		}
	}
	return out
}

// HasPrefix reports whether a header's field begins with the text: for use in Rule.Wants.
func HasPrefix(field []byte, text string) bool {
	return len(field) >= len(text) && string(field[:len(text)]) == text
}

// Contains reports whether a raw record holds the text anywhere: a cheap first look for Rule.Wants.
func Contains(raw []byte, text string) bool { return bytes.Contains(raw, []byte(text)) }
