package exposure

import (
	"fmt"
	"slices"
	"strings"
)

// Grantee is one of those a grant names.
type Grantee struct {
	Kind Reach  // AnyAWS, CrossAccount, SameAccount, Organization, AddressRange, VPC or Service
	Name string // account id, canonical user id or ARN, organization id, CIDR, VPC or endpoint id, service principal
}

// named are grantees of one kind, without those that have no name.
func named(kind Reach, names ...string) []Grantee {
	out := make([]Grantee, 0, len(names))
	for _, name := range names {
		if name != "" {
			out = append(out, Grantee{kind, name})
		}
	}
	return out
}

// either are the grantees of a union.
func either(a, b who) []Grantee {
	switch {
	case a.trust < b.trust:
		return a.to
	case b.trust < a.trust:
		return b.to
	}
	out := slices.Clone(a.to)
	for _, g := range b.to {
		if !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// both are the grantees of an intersection: of one kind those in both, of different kinds all.
func both(a, b who) []Grantee {
	switch {
	case !a.limits():
		return b.to
	case !b.limits():
		return a.to
	}
	var out []Grantee
	for _, g := range a.to {
		other := slices.ContainsFunc(b.to, func(o Grantee) bool { return o.Kind == g.Kind })
		if !other || slices.Contains(b.to, g) {
			out = append(out, g)
		}
	}
	for _, g := range b.to {
		if !slices.Contains(out, g) && !slices.ContainsFunc(a.to, func(o Grantee) bool { return o.Kind == g.Kind && o != g }) {
			out = append(out, g)
		}
	}
	return out
}

// phrase names those a grant lets in as the subject of a sentence: "Anyone on the internet", "External account
// 444455556666 from IP range 198.51.100.0/24".
func (g *Grant) phrase() string {
	switch g.Reach {
	case Internet:
		return "Anyone on the internet"
	case AnyAWS:
		return "Any AWS account"
	case AnyVPC:
		return "Anyone with a VPC in any AWS account"
	case SameAccount:
		return "The bucket's own account"
	case Service:
		return counted(g.to(Service), "An AWS service", "The AWS service", "The AWS services") + qualified(" acting for ", g.to(AnyAWS)) + qualified(g.acting(), g.to(CrossAccount)) + qualified(" acting for organization ", g.to(Organization))
	}
	from := qualified(" from IP range ", g.to(AddressRange)) + qualified(" through ", g.to(VPC))
	accounts, organizations := g.to(CrossAccount), g.to(Organization)
	switch {
	case len(accounts) > 0 || g.Reach == CrossAccount:
		return g.account(accounts) + from
	case len(organizations) > 0 || g.Reach == Organization:
		return counted(organizations, "Every account in an AWS organization", "Every account in organization", "Every account in organizations") + from
	case g.Reach == AddressRange:
		return counted(g.to(AddressRange), "Anyone in the allowed IP ranges", "Anyone in IP range", "Anyone in IP ranges")
	case g.Reach == VPC:
		return counted(g.to(VPC), "Callers in a named VPC", "Callers through", "Callers through")
	default:
		return counted(g.to(Service), "An unknown principal", "The AWS service", "The AWS services")
	}
}

func (g *Grant) acting() string {
	if g.Foreign {
		return " acting for external account "
	}
	return " acting for account "
}

// account names other accounts; canonical user ids and the like say nothing to people.
func (g *Grant) account(names []string) string {
	kind := "nown account"
	k, article := "K", "A k"
	if g.Foreign {
		kind, k, article = "xternal account", "E", "An e"
	}
	ids := slices.DeleteFunc(names, func(name string) bool { return !isAccount(name) })
	return counted(ids, article+kind, k+kind, k+kind+"s")
}

// to are the names of one kind of grantee.
func (g *Grant) to(kind Reach) []string {
	var out []string
	for _, t := range g.To {
		if name := clip(t.Name); t.Kind == kind && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// counted puts names behind the noun for none, one or several of them.
func counted(names []string, none, one, several string) string {
	switch len(names) {
	case 0:
		return none
	case 1:
		return one + " " + names[0]
	default:
		return several + " " + listed(names)
	}
}

func qualified(words string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return words + listed(names)
}

// listed joins names as prose, and counts what would be too many: "a, b and 3 more".
func listed(names []string) string {
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}
