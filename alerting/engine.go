package alerting

import (
	"fmt"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/alerting/silence"
	"github.com/trailwarden/trailwarden/alerting/story"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// Rules is everything verdicts are made with. It is immutable; a reload makes a new one.
type Rules struct {
	Index    *detect.Index
	Settings detect.Settings
	Score    score.Config
	// Expected are the changes that were announced: recorded, and told to nobody.
	Expected []incident.Expected
	// Stories says how many stories are kept in memory; the zero value as many as by default.
	Stories story.Config
}

// Engine is the alerting of one shard of accounts. It is not safe for concurrent use.
type Engine struct {
	rules    *Rules
	book     *incident.Book
	buckets  map[string]*exposure.Bucket
	accounts map[string]*exposure.Account
	owned    map[string][]string // names of the buckets seen, by their owner's account
	matched  *detect.Correlator
	latest   time.Time // event time, for records without one in replay
}

// NewEngine makes an engine that has seen nothing yet.
func NewEngine(rules *Rules) *Engine {
	e := &Engine{
		book: incident.NewBook(), buckets: map[string]*exposure.Bucket{}, accounts: map[string]*exposure.Account{},
		owned: map[string][]string{}, matched: detect.NewCorrelator(),
	}
	e.Use(rules)
	return e
}

// Use makes later findings be judged by other rules.
func (e *Engine) Use(rules *Rules) {
	e.rules = rules
	e.book.LimitStories(rules.Stories.Max)
}

// Incidents lists every incident in memory, by first event.
func (e *Engine) Incidents() []*incident.Incident { return e.book.All() }

// Book gives the incidents for people's commands and for the passing of time.
func (e *Engine) Book() *incident.Book { return e.book }

// Quiet keeps the incidents of an outcome quiet where that is wanted at now. It changes nothing else.
func (e *Engine) Quiet(incidents []*incident.Incident, now time.Time, silences []silence.Silence) {
	q := e.quieting(silences)
	for _, i := range incidents {
		e.book.Quiet(i, now, q)
	}
	e.book.RefreshStories(incidents...)
}

// Settle brings every incident into line with what is to be kept quiet at now, and returns those that it changed.
func (e *Engine) Settle(now time.Time, silences []silence.Silence) []*incident.Incident {
	changed := e.book.Settle(now, e.quieting(silences))
	e.book.RefreshStories(changed...)
	return changed
}

func (e *Engine) quieting(silences []silence.Silence) *incident.Quieting {
	return &incident.Quieting{Expected: e.rules.Expected, Silences: silences}
}

// Outcome is what one finding changed: what has to be stored before the next one.
type Outcome struct {
	Bucket    *exposure.Bucket    // nil if unchanged
	Accounts  []*exposure.Account // those that changed
	Incidents []*incident.Incident
	// Correlations is what correlation rules remember now, by key; nil for what they have forgotten.
	Correlations map[string][]byte
	Matches      []string // ids of the rules that matched
}

// Empty reports whether nothing has to be stored.
func (o *Outcome) Empty() bool {
	return o.Bucket == nil && len(o.Accounts) == 0 && len(o.Incidents) == 0 && len(o.Correlations) == 0
}

// Apply takes in one finding. The error means that its record cannot be read: it has changed nothing, and never will.
func (e *Engine) Apply(f *enrich.Finding) (Outcome, error) {
	rec, err := cloudtrail.Decode(f.Record)
	if err != nil {
		return Outcome{}, fmt.Errorf("read record of finding %s: %w", f.EventID, err)
	}
	var out Outcome
	untimed := e.date(rec, f.Received)
	ev := &incident.Event{Record: rec, Actor: rec.Actor(), Facts: &f.Facts, Received: f.Received, More: f.More}
	if slices.Contains(f.Rules, detect.OnExposure) {
		ev.Changes = e.expose(rec, untimed, &out)
	}
	in := &detect.Input{Record: rec, Raw: f.Record, Facts: &f.Facts, Bucket: out.Bucket, Settings: &e.rules.Settings}
	if len(ev.Changes) > 0 {
		in.Change = ev.Changes[0]
	}
	if slices.Contains(f.Rules, detect.OnProof) {
		in.Proof = exposure.Prove(e.buckets[rec.Bucket()], e.accounts[rec.OwnerAccount()], rec, e.rules.Settings.Own)
	}
	matches := e.rules.Index.Match(in, f.Rules)
	for _, m := range e.rules.Index.Correlate(e.matched, in, matches) {
		if untimed && m.Hit.Closes {
			continue // who knows what came after it
		}
		if untimed {
			m.Hit.Undoes = nil
		}
		out.Matches = append(out.Matches, m.Rule.ID)
		ev.Verdicts = append(ev.Verdicts, e.judge(m, ev, in.Change, in.Proof))
	}
	e.judgeEffects(*in, ev, &out)
	if out.Correlations, err = e.matched.Changes(); err != nil {
		return Outcome{}, err
	}
	out.Incidents = e.remedy(e.book.Apply(ev), ev.Changes)
	if slices.Contains(f.Rules, enrich.OrganizationRule) && !untimed {
		e.organize(ev, &out)
	}
	return out, nil
}

// date gives a record whose time cannot be read that of its arrival, and reports whether it had to.
func (e *Engine) date(rec *cloudtrail.Record, received int64) (untimed bool) {
	if !rec.EventTime.IsZero() {
		if rec.EventTime.After(e.latest) {
			e.latest = rec.EventTime
		}
		return false
	}
	rec.EventTime = e.latest
	if received != 0 {
		rec.EventTime = time.UnixMilli(received).UTC()
	}
	return true
}

// expose places the record in the state of its bucket and account and returns what it changed: first its own
// change, then what that means for the resources behind the gates it moved. A failed call changes no
// state, so whoever tries names at random leaves no trace in memory.
func (e *Engine) expose(rec *cloudtrail.Record, untimed bool, out *Outcome) []*exposure.Change {
	owner, own := rec.OwnerAccount(), e.rules.Settings.Own
	a := e.accounts[owner]
	if a == nil {
		a = &exposure.Account{ID: owner}
		if blocks, since := governed(owner, e.managers()); blocks {
			a.Govern(true, since)
		}
	}
	name := a.BucketOf(rec)
	b := e.buckets[name]
	seen := b != nil
	if !seen && name != "" {
		b = &exposure.Bucket{Name: name, Account: owner}
	}
	if untimed && exposure.Preview(b, a, rec, own).Kind.Closes() {
		return nil // what cannot be placed in time closes nothing
	}
	change := exposure.Apply(b, a, rec, own)
	changes := []*exposure.Change{&change}
	if rec.Failed() {
		return changes
	}
	e.RestoreAccount(a)
	// An access point may be of another account's bucket, so it makes no bucket known.
	if b != nil && (seen || change.Scope != exposure.AccessPointScope) {
		e.RestoreBucket(b)
		out.Bucket = b
	}
	out.Accounts = append(out.Accounts, a)
	var behind []*exposure.Bucket
	switch {
	case change.Scope == exposure.AccountScope:
		for _, name := range e.owned[owner] {
			behind = append(behind, e.buckets[name])
		}
	case b != nil:
		behind = append(behind, b)
	}
	return append(changes, exposure.Effects(&change, behind, a, rec, own)...)
}

// RestoreBucket puts a stored bucket back.
func (e *Engine) RestoreBucket(b *exposure.Bucket) {
	if e.buckets[b.Name] == nil {
		e.owned[b.Account] = append(e.owned[b.Account], b.Name)
	}
	e.buckets[b.Name] = b
}

// RestoreCorrelation puts back what correlation rules remembered.
func (e *Engine) RestoreCorrelation(text []byte) error { return e.matched.Restore(text) }

// RestoreAccount puts a stored account back.
func (e *Engine) RestoreAccount(a *exposure.Account) { e.accounts[a.ID] = a }

// judge scores one match.
func (e *Engine) judge(m detect.Match, ev *incident.Event, change, proof *exposure.Change) incident.Verdict {
	v := incident.Verdict{Rule: m.Rule, Hit: m.Hit}
	in := score.Input{
		Severity: m.Hit.Severity, Detail: m.Hit.Detail, Attempt: m.Hit.Attempt,
		Root: ev.Record.UserIdentity.Type == "Root", Burst: slices.Contains(m.Rule.Events, detect.OnBurst), Facts: *ev.Facts,
	}
	exposes := slices.Contains(m.Rule.Events, detect.OnExposure)
	if exposes || m.Rule.Exposes {
		v.Change = change
	}
	if v.Change != nil && exposes {
		for _, effect := range ev.Changes[1:] { // of an account-wide event the worst it did to any bucket
			if v.Change == ev.Changes[0] && effect.Kind == exposure.Opened && effect.Severity > in.Severity {
				change, in.Severity = effect, effect.Severity
			}
		}
		in.Website = change.Website
		in.Grant = grantOf(change)
	}
	if slices.Contains(m.Rule.Events, detect.OnProof) {
		v.Change, in.Website, in.Grant = proof, proof.Website, grantOf(proof)
	}
	v.Score = e.rules.Score.Score(in)
	return v
}

// judgeEffects asks the rules for their verdicts on what a change shared, or left shared, behind the gates it moved, and on
// what it opened there where it shares something itself: both are told apart from what the change is.
func (e *Engine) judgeEffects(in detect.Input, ev *incident.Event, out *Outcome) {
	for n, effect := range ev.Changes {
		apart := effect.Class() == exposure.ShareClass || ev.Changes[0].Class() == exposure.ShareClass && !effect.Kind.Closes()
		if n == 0 || !apart {
			continue
		}
		in.Change, in.Bucket, in.Proof = effect, nil, nil
		for _, m := range e.rules.Index.Match(&in, nil) {
			out.Matches = append(out.Matches, m.Rule.ID)
			ev.Verdicts = append(ev.Verdicts, e.judge(m, ev, effect, nil))
		}
	}
}

// grantOf is what a change grants, for the score.
func grantOf(change *exposure.Change) score.Grant {
	if change.Reach == exposure.Nobody {
		return score.Grant{}
	}
	return score.Grant{Reach: score.Reach(change.Reach), Access: score.Access(change.Access.String()), Own: change.Severity == alert.Info}
}

// RestoreIncident puts a stored incident back, oldest first; one that is over at t is only noted.
func (e *Engine) RestoreIncident(i *incident.Incident, t time.Time) {
	if i.Over(t) && e.book.Get(i.Alert.ID) == nil {
		e.book.Note(i)
		return
	}
	e.book.Restore(i)
}
