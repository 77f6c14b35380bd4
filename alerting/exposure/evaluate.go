package exposure

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Evaluate judges one moment. It never fails: what cannot be judged is in the verdict's Error, with Public
// Maybe unless something else is public for certain.
func Evaluate(in Input) Verdict {
	grants := in.grants(scene{account: in.Account, own: in.Own})
	g := in.gates()
	g.judge(grants)
	v := in.verdict(grants, in.faults())
	for _, name := range g.closed(grants) {
		v.Reasons = append(v.Reasons, "public access is blocked by "+name)
	}
	return v
}

// verdict is verdictOf, with what S3 would refuse though it leaves no doubt about who is let in.
func (in Input) verdict(grants []Grant, faults []string) Verdict {
	v := verdictOf(grants, faults)
	for _, p := range in.policies() {
		if len(p.Remarks) > 0 && v.Error == "" {
			v.Error = refusal(p.Remarks)
			v.Severity = max(v.Severity, alert.Medium)
		}
	}
	return v
}

// grants is everything the input grants, whatever stops it.
func (in Input) grants(s scene) []Grant {
	var out []Grant
	if in.ACL != nil {
		out = append(out, s.aclGrants(in.ACL, ACLPath)...)
	}
	if in.ObjectACL != nil {
		out = append(out, s.aclGrants(in.ObjectACL, ObjectACLPath)...)
	}
	if in.Policy != nil {
		out = append(out, s.grants(in.Policy, PolicyPath)...)
	}
	if in.Point != nil {
		out = append(out, s.pointGrants(in.Point)...)
	}
	return out
}

// pointGrants is what an access point's policy grants. With network origin VPC it is never public, and only
// its VPC can use it.
func (s scene) pointGrants(p *Point) []Grant {
	if p.Policy == nil {
		return nil
	}
	s.point = true
	grants := s.grants(p.Policy, PointPath)
	if !p.VPCOnly {
		return grants
	}
	for i, g := range grants {
		if g.Public {
			grants[i].Severity, grants[i].Foreign = alert.Low, false
			grants[i].Reason += "; the access point accepts requests from a VPC only, so it is not public"
		}
		grants[i].Public = false
		grants[i].Reach = narrower(g.Reach, VPC)
	}
	return grants
}

// faults are the reasons why something given cannot be judged.
func (in Input) faults() []string {
	var out []string
	for _, p := range in.policies() {
		if len(p.Faults) > 0 {
			out = append(out, refusal(p.Faults))
		}
	}
	for _, a := range []*ACL{in.ACL, in.ObjectACL} {
		if a != nil && a.Fault != "" {
			out = append(out, "ACL: "+a.Fault)
		}
	}
	return out
}

func refusal(faults []string) string {
	return "S3 rejects this policy: " + strings.Join(faults, "; ")
}

func (in Input) policies() []*Policy {
	var out []*Policy
	if in.Policy != nil {
		out = append(out, in.Policy)
	}
	if in.Point != nil && in.Point.Policy != nil {
		out = append(out, in.Point.Policy)
	}
	return out
}

// verdictOf sums grants up.
func verdictOf(grants []Grant, faults []string) Verdict {
	slices.SortStableFunc(grants, func(a, b Grant) int {
		switch {
		case a.worse(b):
			return -1
		case b.worse(a):
			return 1
		default:
			return 0
		}
	})
	v := Verdict{Public: No, Reach: Nobody, Effective: Private, Grants: grants}
	counts := slices.ContainsFunc(grants, Grant.counts)
	for _, g := range grants {
		if !counts || g.counts() {
			v.Reach = wider(v.Reach, g.Reach)
		}
		v.Access = max(v.Access, g.Access)
		v.Severity = max(v.Severity, g.Severity)
		v.Reasons = append(v.Reasons, g.Reason)
		if g.Public {
			v.Public = Yes
		}
		v.Effective = worseState(v.Effective, g.state())
	}
	if len(faults) > 0 {
		v.Error = strings.Join(faults, "; ")
		v.Severity = max(v.Severity, alert.Medium)
		if v.Public == No {
			v.Public, v.Effective = Maybe, Unknown
		}
	}
	return v
}

// counts reports whether a grant is worth telling: where there are such, they make the reach of the verdict, however far
// those reach that are one's own.
func (g Grant) counts() bool { return g.Public || g.Foreign }

// state is what one grant makes of the bucket.
func (g Grant) state() State {
	switch {
	case g.Public && g.Live == No:
		return Latent
	case g.Public:
		return Public
	case g.Foreign && g.Live != No:
		return Shared
	default:
		return Private
	}
}

func worseState(a, b State) State {
	order := []State{Private, Latent, Shared, Public}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}
