package exposure

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// guarded are the paths that removed gates stood on, and the flag that refuses new public grants on each.
func guarded(removed []string) map[Path]Flag {
	out := map[Path]Flag{}
	for _, gate := range removed {
		switch _, name, _ := strings.Cut(gate, " "); name {
		case BlockPublicPolicy.String(), RestrictPublicBuckets.String():
			out[PolicyPath] = BlockPublicPolicy
		default: // the flags for ACLs, and Object Ownership
			out[ACLPath] = BlockPublicAcls
		}
	}
	return out
}

// weakness is how severe it is that gates were removed while no public grant is known behind them. BlockPublicAcls and
// BlockPublicPolicy stop new grants, IgnorePublicAcls, RestrictPublicBuckets and Object Ownership existing ones: medium,
// of an account high, where a new public grant would be accepted and take effect now; a step less where only one that was
// set before could; low where neither passes ("Blocking public access to your Amazon S3 storage").
func (d *differ) weakness(removed []string) alert.Severity {
	worst := alert.Low
	for path, refuses := range guarded(removed) {
		g := d.at.gates()
		switch {
		case g.stopped(path, d.scope) != nil:
		case !slices.Contains([]Tri{g.bucketIn(d.scope)[refuses], g.account[refuses], g.organization[refuses]}, Yes):
			worst = max(worst, alert.Medium)
			if d.scope == AccountScope {
				return alert.High
			}
		case d.scope == AccountScope || !d.saw(path):
			worst = max(worst, alert.Medium)
		}
	}
	return worst
}

// inForce names what still stops public grants on every path that removed gates stood on; none if some path is open.
func (d *differ) inForce(removed []string) []string {
	var out []string
	g := d.at.gates()
	for path := range guarded(removed) {
		closed := g.stopped(path, d.scope)
		if closed == nil {
			return nil
		}
		out = append(out, closed...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// stopped names the gates known to be closed on a path; of an account those alone that are closed for all of its buckets.
func (g gates) stopped(path Path, scope Scope) []string {
	var out []string
	for _, gate := range g.on(path) {
		level, _, _ := strings.Cut(gate.name, " ")
		if gate.closed == Yes && (scope != AccountScope || level == "account" || level == "organization") {
			out = append(out, gate.name)
		}
	}
	return out
}

// bucketIn are the flags of the bucket, which are none where the question is about an account.
func (g gates) bucketIn(scope Scope) [flags]Tri {
	if scope == AccountScope {
		return [flags]Tri{}
	}
	return g.bucket
}

// saw reports whether what the path grants was seen.
func (d *differ) saw(path Path) bool {
	_, _, birth := d.at.birth()
	var ok bool
	if path == PolicyPath {
		_, ok = at(d.at, d.b.Policy, birth)
	} else {
		_, ok = at(d.at, d.b.ACL, birth)
	}
	return ok
}
