package exposure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Class tells what a sentence or an alert is about: a bucket is open to the public, or shared with named others. What is
// over of the one may go on of the other.
type Class string

// The classes. Everything that is not a share is of the class of what is open: public and blocked grants, removed blocks.
const (
	OpenClass  Class = "open"
	ShareClass Class = "share"
)

// Class is the class of what the change brought, or left where the public was let in before.
func (c *Change) Class() Class {
	if c.Kind == SharedOut || c.Kind == Attempted && c.Attempted == Shared || c.Kind == Closed && c.Remains {
		return ShareClass
	}
	return OpenClass
}

// left are the grants of a class that let somebody in by the newest facts, worst first.
func (c *Change) left(class Class) []Grant {
	if class == OpenClass {
		return c.Left
	}
	return slices.DeleteFunc(slices.Clone(c.Left), func(g Grant) bool { return g.Public })
}

// Grants names the grants of a class that let somebody in now: "AllUsers READ, * s3:GetObject"; empty if none does.
func (c *Change) Grants(class Class) string {
	const most = 4
	var names []string
	for _, g := range c.left(class) {
		if slices.Contains(names, g.Name) {
			continue
		}
		if len(names) == most {
			names = append(names, "…")
			break
		}
		names = append(names, g.Name)
	}
	return strings.Join(names, ", ")
}

// ReachNow is who is let in now by the grants of a class; what the change brought where nobody is.
func (c *Change) ReachNow(class Class) Reach {
	if left := c.left(class); len(left) > 0 {
		return widest(left)
	}
	return c.Reach
}

// SharedWith names the others that are let in now beside the public, as parts of a sentence: "external account
// 444455556666".
func (c *Change) SharedWith() []string {
	var out []string
	for _, g := range c.left(ShareClass) {
		if name := lowered(g.phrase()); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Shared are the grants to named others in effect now, each as a text to compare it by.
func (c *Change) Shared() []string {
	var out []string
	for _, g := range c.left(ShareClass) {
		if key := lowered(g.phrase()) + ": " + g.Name; !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// SeverityNow is how severe the worst grant of a class is that lets somebody in now, by the ladder.
func (c *Change) SeverityNow(class Class) alert.Severity {
	severity := alert.Info
	for _, g := range c.left(class) {
		severity = max(severity, g.Severity)
	}
	return severity
}

// Sentence says what is possible now, and for whom: "Anyone on the internet can list objects in kops-state (AllUsers
// READ)."; where nobody is let in now, what the record itself did. It is empty for a change that is about nobody's access.
func (c *Change) Sentence(class Class) string {
	switch left := c.left(class); {
	case len(left) > 0:
		return c.possible(left, "can")
	case c.Kind == Opened || c.Kind == Widened || c.Kind == SharedOut:
		return c.possible(c.fresh, "could")
	case c.Kind == Slept:
		return c.blocked()
	case c.Kind == Weakened && len(c.Gates) > 0:
		return c.TurnedOff(c.Gates)
	default:
		return ""
	}
}

// Past is the sentence on the same once it is over.
func (c *Change) Past(class Class) string {
	if left := c.left(class); len(left) > 0 {
		return c.possible(left, "could")
	}
	return c.Sentence(class)
}

// possible says what grants make possible, those of the same grantees together, the worst first.
func (c *Change) possible(grants []Grant, can string) string {
	const most = 3
	type clause struct {
		who    string
		access Access
		names  []string
	}
	var clauses []clause
	for _, g := range grants {
		if g.Public && (g.Reach == SameAccount || g.Reach == Nobody) {
			continue
		}
		who := g.phrase()
		i := slices.IndexFunc(clauses, func(c clause) bool { return c.who == who })
		if i < 0 {
			i = len(clauses)
			clauses = append(clauses, clause{who: who, access: g.Access})
		}
		clauses[i].access = max(clauses[i].access, g.Access)
		if len(clauses[i].names) < most && !slices.Contains(clauses[i].names, g.Name) {
			clauses[i].names = append(clauses[i].names, g.Name)
		}
	}
	if len(clauses) == 0 && len(grants) > 0 {
		return c.byTheLetter(grants[0], can)
	}
	var out []string
	for n, c0 := range clauses {
		who := c0.who
		if n > 0 {
			who = lowered(who)
		}
		out = append(out, who+" "+can+" "+c.able(c0.access)+bracketed(strings.Join(c0.names, ", ")))
	}
	if more := len(out) - most; more > 0 {
		out = append(out[:most], fmt.Sprintf("%d more grants let others in", more))
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, "; ") + "."
}

// byTheLetter says that S3 counts a grant as public whose conditions admit nobody from outside.
func (c *Change) byTheLetter(g Grant, can string) string {
	counts, admits := "counts", "admit"
	if can != "can" {
		counts, admits = "counted", "admitted"
	}
	only := "only the bucket's own account"
	if g.Reach == Nobody {
		only = "no caller"
	}
	return "S3 " + counts + " " + c.Place() + " as public" + bracketed(g.Name) + ", but its conditions " + admits + " " + only + "."
}

// blocked says what a grant would allow that is not in effect.
func (c *Change) blocked() string {
	grantee, access, names := "others", c.Access, bracketed(c.Grant)
	if len(c.fresh) > 0 {
		grantee, access = lowered(c.fresh[0].phrase()), c.fresh[0].Access
	}
	stopped := "it is blocked"
	if len(c.Blocks) > 0 {
		stopped = "it is blocked only by " + listed(c.Blocks)
	}
	return fmt.Sprintf("Not public yet: a grant that would let %s %s exists%s, but %s.", grantee, c.able(access), names, stopped)
}

// TurnedOff says which settings, named as in Gates, were turned off, what may pass now, and what takes effect again.
func (c *Change) TurnedOff(gates []string) string {
	place := c.Place()
	var flagsOff []string
	ownership, level := false, ""
	for _, gate := range gates {
		if strings.HasPrefix(gate, "Object Ownership") {
			ownership = true
			continue
		}
		var name string
		level, name, _ = strings.Cut(gate, " ")
		flagsOff = append(flagsOff, name)
	}
	text := ""
	switch {
	case len(flagsOff) == int(flags):
		text = "Block Public Access (all four settings) turned off for " + place
	case len(flagsOff) > 0:
		text = listed(flagsOff) + " turned off for " + place
	}
	if level == string(Organization) {
		text += " by an organization policy"
	}
	if ownership {
		if text != "" {
			text += "; "
		}
		text += "Object Ownership " + string(BucketOwnerEnforced) + " removed from " + place + ": ACLs are enabled"
	}
	if len(c.Woken) == 0 && len(c.inForce) > 0 {
		text += "; public access is still blocked by " + listed(c.inForce)
	}
	return text + activated(c.Woken) + "."
}

// activated says what works again.
func activated(grants []string) string {
	switch len(grants) {
	case 0:
		return ""
	case 1:
		return "; this activates an existing public grant (" + grants[0] + ")"
	default:
		return fmt.Sprintf("; this activates existing public grants (%s and %d more)", grants[0], len(grants)-1)
	}
}

// Place names what the change is about: "kops-state", "object k in kops-state", "account 111122223333".
func (c *Change) Place() string {
	switch c.Scope {
	case ObjectScope:
		if c.Object == "" {
			return "an object in " + c.bucket()
		}
		return "object " + c.Object + " in " + c.bucket()
	case AccountScope:
		return "account " + c.Account
	case AccessPointScope:
		return "access point " + c.Point
	default:
		return c.bucket()
	}
}

func (c *Change) bucket() string {
	if c.Bucket == "" {
		return "a bucket whose name is unknown"
	}
	return c.Bucket
}

// able says what an access allows, with the place: "list objects in kops-state".
func (c *Change) able(a Access) string {
	place, end := c.Place(), ""
	objects := "objects in "
	switch {
	case c.Scope == ObjectScope:
		objects = ""
	case c.Scope == AccessPointScope && c.Bucket != "":
		place, end = c.Bucket, " through access point "+c.Point
	}
	switch a {
	case Recon:
		return "read the configuration of " + place + end
	case List:
		return "list " + objects + place + end
	case Read:
		return "read " + objects + place + end
	case Write:
		return "write to " + place + end
	case Takeover:
		return "change the permissions of " + place + end
	default:
		return "access " + place + end
	}
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// lowered is a phrase in the middle of a sentence; names of AWS stay as they are.
func lowered(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
