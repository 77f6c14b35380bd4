package alerting

import (
	"fmt"
	"slices"

	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/remedy"
)

// Bounds of what an alert lists: it is stored anew with every event of it.
const (
	maxClosings = 24       // resources whose closing is planned
	maxCommands = 48 << 10 // bytes of all commands; a policy may have 20 KB
	maxNotes    = 24
)

// remedy plans anew, from what is known now, what closes the exposures that an event changed, and those whose buckets or
// account it changed: a command made of an older policy would take back what was set since. It returns all that changed.
func (e *Engine) remedy(changed []*incident.Incident, changes []*exposure.Change) []*incident.Incident {
	for _, i := range changed {
		e.close(i)
	}
	if len(changes) == 0 || changes[0].Kind == exposure.Attempted {
		return changed
	}
	for _, i := range e.book.Exposed(changes[0].Account, changes[0].Bucket) {
		if !slices.Contains(changed, i) && e.close(i) {
			i.Alert.Revision++
			changed = append(changed, i)
		}
	}
	return changed
}

// Replan plans anew what closes every exposure that is open, and returns those whose alert says something else now: an
// earlier program may have stored commands that this one would not print.
func (e *Engine) Replan() []*incident.Incident {
	var changed []*incident.Incident
	for _, i := range e.book.All() {
		if slices.ContainsFunc(i.Parts, func(p incident.Part) bool { return !p.Closed }) && e.close(i) {
			i.Alert.Revision++
			changed = append(changed, i)
		}
	}
	return changed
}

// close plans what closes an incident, and reports whether its alert says something else now.
func (e *Engine) close(i *incident.Incident) bool {
	if i.Kind != incident.Exposure {
		return false
	}
	a := &i.Alert
	state := remedy.State{Account: e.accounts[a.AccountID], Buckets: map[string]*exposure.Bucket{}, Own: e.rules.Settings.Own}
	var targets []remedy.Target
	for n, p := range i.Parts {
		t, ok := remedy.TargetOf(p.Resource, p.Bucket, a.Buckets[n].OpenedAt)
		if p.Closed || !ok {
			continue
		}
		t.Share, t.Unexplained = i.Share, p.Proven && !i.Share
		targets = append(targets, t)
		names := []string{t.Bucket}
		if t.Scope == exposure.AccountScope {
			names = e.owned[a.AccountID]
		}
		for _, name := range names {
			if b := e.buckets[name]; b != nil {
				state.Buckets[name] = b
			}
		}
	}
	commands, notes := listed(remedy.Close(state, targets, maxClosings), len(targets)-maxClosings)
	same := slices.Equal(commands, a.Remediation) && slices.Equal(notes, a.RemediationNotes)
	a.Remediation, a.RemediationNotes = commands, notes
	return !same
}

// listed are the commands of plans and what is to be said of them. A plan that does not fit is left out as a whole.
func listed(plans []remedy.Plan, more int) (commands, notes []string) {
	commands = []string{}
	size, left := 0, max(more, 0)
	for _, p := range plans {
		var all []string
		for _, w := range p.Writes {
			all = append(all, w.Command())
			size += len(all[len(all)-1])
		}
		if size > maxCommands && len(commands) > 0 || len(notes) >= maxNotes {
			left++
			continue
		}
		commands = append(commands, all...)
		notes = append(notes, p.Notes()...)
	}
	if left > 0 {
		notes = append(notes, fmt.Sprintf("The commands for %d more are not listed.", left))
	}
	return commands, notes
}
