package builtin

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// consequence says what a change means for whom: "Anyone on the internet can list kops-state (AllUsers READ)."; about
// names the resource. It is empty for a change that lets nobody in.
func consequence(c *exposure.Change, about string) string {
	grant := c.Grant
	switch c.Kind {
	case exposure.Opened, exposure.Widened, exposure.SharedOut:
		return fmt.Sprintf("%s can %s %s%s.", whoever(c.Reach), able(c.Access), about, bracketed(grant))
	case exposure.Slept:
		stopped := "a gate stops it"
		if len(c.Blocks) > 0 {
			stopped = "it is stopped only by " + strings.Join(c.Blocks, " and ")
		}
		name := whoever(c.Reach)
		name = strings.ToLower(name[:1]) + name[1:]
		return fmt.Sprintf("A grant for %s to %s %s is stored%s, and %s.", name, able(c.Access), about, bracketed(grant), stopped)
	case exposure.Weakened:
		if len(c.Gates) > 0 {
			gates := strings.ReplaceAll(strings.Join(c.Gates, ", "), string(exposure.BucketScope)+" ", "")
			return fmt.Sprintf("Public grants on %s are no longer stopped: %s off%s.", about, gates, woken(c.Woken))
		}
	}
	return ""
}

// woken says what works again.
func woken(grants []string) string {
	switch len(grants) {
	case 0:
		return ""
	case 1:
		return "; it wakes " + grants[0]
	default:
		return fmt.Sprintf("; it wakes %s and %d more", grants[0], len(grants)-1)
	}
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// whoever names those whom a grant reaches.
func whoever(r exposure.Reach) string {
	switch r {
	case exposure.Internet:
		return "Anyone on the internet"
	case exposure.AnyAWS:
		return "Anyone with an AWS account"
	case exposure.AnyVPC:
		return "Anyone with a VPC in AWS"
	case exposure.Organization:
		return "Every account of an AWS organization"
	case exposure.CrossAccount:
		return "Another AWS account"
	case exposure.AddressRange:
		return "Anyone at the named addresses"
	case exposure.VPC:
		return "Whoever is in the named VPC"
	case exposure.Service:
		return "An AWS service"
	default:
		return "Somebody"
	}
}

// able says what an access is good for.
func able(a exposure.Access) string {
	switch a {
	case exposure.Recon:
		return "see the settings of"
	case exposure.List:
		return "list"
	case exposure.Read:
		return "read"
	case exposure.Write:
		return "write to"
	case exposure.Takeover:
		return "take over"
	default:
		return "reach"
	}
}
