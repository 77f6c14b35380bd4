package detect

import (
	"errors"
	"fmt"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// Example is one record that shows what a rule is about: one it must match, or one it must not.
type Example struct {
	Name   string
	Record string // JSON of the record, complete
	Match  bool   // must match; false: must not
	// End is a record that must end the state which Record began; empty for none.
	End string
	// Before are records applied to the exposure state, and counted by the rule's correlation, in order, before Record is
	// judged.
	Before   []string
	Burst    []history.Burst  // what the history says of the actor
	Recent   []history.Moment // the actor's latest calls, oldest first
	Network  network.Kind     // where the call comes from; empty for unknown
	Settings *Settings        // nil for none
}

// RunExamples judges a rule's own examples, through an index of the rule alone, as the daemon would. The error joins
// every example that came out other than it says, and is nil if none did.
func RunExamples(r *Rule) error {
	x := Build([]*Rule{r}, nil)
	var errs []error
	for _, e := range r.Examples {
		hit, err := runExample(x, &e)
		if err == nil && e.End != "" && !endsExample(x, r, &e) {
			err = errors.New("its end does not end it")
		}
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: example %q: %w", r.ID, e.Name, err))
		case hit != e.Match && e.Match:
			errs = append(errs, fmt.Errorf("%s: example %q must match, and does not", r.ID, e.Name))
		case hit != e.Match:
			errs = append(errs, fmt.Errorf("%s: example %q must not match, and does", r.ID, e.Name))
		}
	}
	return errors.Join(errs...)
}

func runExample(x *Index, e *Example) (hit bool, err error) {
	correlator := NewCorrelator()
	in, candidates, err := play(x, e, correlator, append(slices.Clone(e.Before), e.Record))
	if err != nil {
		return false, err
	}
	if len(e.Burst) > 0 {
		candidates = append(candidates, OnBurst)
	}
	if e.Network != "" {
		candidates = append(candidates, OnMoved)
	}
	matches := x.Correlate(correlator, in, x.Match(in, candidates))
	return slices.ContainsFunc(matches, func(m Match) bool { return !m.Hit.Closes }), nil
}

// play applies records of an example to the exposure state, in order, and gives what the last is judged by. The correlator
// takes in all but the last.
func play(x *Index, e *Example, correlator *Correlator, records []string) (in *Input, candidates []string, err error) {
	in = &Input{Facts: &enrich.Facts{History: history.Snapshot{Burst: e.Burst, Recent: e.Recent}}, Settings: e.Settings}
	in.Facts.Address.Network.Kind = e.Network
	if in.Settings == nil {
		in.Settings = &Settings{}
	}
	bucket, account := &exposure.Bucket{}, &exposure.Account{}
	for i, raw := range records {
		var h cloudtrail.Header
		if _, err := h.Scan([]byte(raw)); err != nil {
			return nil, nil, err
		}
		if in.Record, err = cloudtrail.Decode([]byte(raw)); err != nil {
			return nil, nil, err
		}
		next := Input{Record: in.Record, Raw: []byte(raw), Facts: in.Facts, Settings: in.Settings}
		in, candidates = &next, x.Select(&h, []byte(raw), nil)
		if slices.Contains(candidates, OnExposure) {
			change := exposure.Apply(bucket, account, in.Record, in.Settings.Own)
			in.Change, in.Bucket = &change, bucket
		}
		in.Proof = exposure.Prove(bucket, account, in.Record, in.Settings.Own)
		if i < len(records)-1 {
			x.Correlate(correlator, in, x.Match(in, candidates))
		}
	}
	return in, candidates, nil
}

// endsExample reports whether the end of an example ends what its record began.
func endsExample(x *Index, r *Rule, e *Example) bool {
	records := append(slices.Clone(e.Before), e.Record, e.End)
	var hits [2]*Hit
	for i := range hits {
		in, _, err := play(x, e, NewCorrelator(), records[:len(records)-1+i])
		if err != nil {
			return false
		}
		if hits[i] = r.Judge(in); hits[i] == nil {
			return false
		}
	}
	begun, over := hits[0], hits[1]
	if begun.Closes || !over.Closes && len(over.Undoes) == 0 {
		return false
	}
	if begun.Episode != "" {
		return begun.Episode == over.Episode
	}
	return len(begun.Lasts) > 0 && !slices.ContainsFunc(begun.Lasts, func(name string) bool { return !over.Covers(name) })
}
