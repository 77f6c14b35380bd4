package alerting

import (
	"maps"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
)

// organize takes in a record of an organization's management account, and what it means for each account of this shard
// that the organization's S3 policies apply to.
func (e *Engine) organize(ev *incident.Event, out *Outcome) {
	rec := ev.Record
	if rec.Failed() || !exposure.Organizes(rec.EventSource, rec.EventName) {
		return
	}
	manager := e.accounts[rec.OwnerAccount()]
	if manager == nil {
		manager = &exposure.Account{ID: rec.OwnerAccount()}
	}
	if manager.Policies == nil {
		manager.Policies = &exposure.OrganizationPolicies{}
	}
	manager.Policies.Take(rec)
	e.RestoreAccount(manager)
	out.Accounts = append(out.Accounts, manager)
	managers := e.managers()
	for _, id := range slices.Sorted(maps.Keys(e.accounts)) {
		a := e.accounts[id]
		blocks, since := governed(id, managers)
		if a.Governed(blocks, since) {
			continue
		}
		change := exposure.ApplyOrganization(a, blocks, since, rec, e.rules.Settings.Own)
		effects := exposure.Effects(&change, e.bucketsOf(id), a, rec, e.rules.Settings.Own)
		of := &incident.Event{Record: rec, Actor: ev.Actor, Facts: ev.Facts, Received: ev.Received, Changes: append([]*exposure.Change{&change}, effects...)}
		if id != rec.OwnerAccount() {
			facts := *ev.Facts
			facts.Account.ID, facts.Account.Name = id, ""
			of.Facts = &facts
		}
		in := &detect.Input{Record: rec, Facts: of.Facts, Change: &change, Settings: &e.rules.Settings}
		for _, m := range e.rules.Index.Match(in, nil) {
			out.Matches = append(out.Matches, m.Rule.ID)
			of.Verdicts = append(of.Verdicts, e.judge(m, of, &change, nil))
		}
		e.judgeEffects(*in, of, out)
		out.Accounts = append(out.Accounts, a)
		out.Incidents = append(out.Incidents, e.remedy(e.book.Apply(of), of.Changes)...)
	}
}

// managers are the accounts seen to manage an organization.
func (e *Engine) managers() []*exposure.Account {
	var out []*exposure.Account
	for _, a := range e.accounts {
		if a.Policies != nil {
			out = append(out, a)
		}
	}
	return out
}

// governed reports whether an organization's policies block public access in an account, and since which event. Policies
// of the root count for every account where one organization alone was seen.
func governed(account string, managers []*exposure.Account) (blocks bool, since exposure.Mark) {
	for _, a := range managers {
		if blocks, since = a.Policies.Blocks(account, len(managers) == 1); blocks {
			break
		}
	}
	return blocks, since
}

func (e *Engine) bucketsOf(account string) []*exposure.Bucket {
	var out []*exposure.Bucket
	for _, name := range e.owned[account] {
		out = append(out, e.buckets[name])
	}
	return out
}
