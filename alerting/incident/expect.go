package incident

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// Expected is a change of who can reach a bucket that was announced: by whom, from where, on which buckets, and how
// open they may be in the end. What keeps within it is recorded as suppressed and pages nobody; what is still open at
// Until pages.
type Expected struct {
	Principal string    `yaml:"principal"` // pattern on the ARN of the caller, or of the role behind its session
	Network   string    `yaml:"network"`   // name or kind of a network; this or CIDR
	CIDR      string    `yaml:"cidr"`      // addresses the call may come from
	Bucket    string    `yaml:"bucket"`    // pattern on the bucket's name
	State     string    `yaml:"state"`     // the most open it may become: weakened, latent, shared or public
	Ticket    string    `yaml:"ticket"`    // where it was agreed
	Until     time.Time `yaml:"until"`
}

// Validate reports every fault with its path relative to the entry.
func (x *Expected) Validate(report func(path, problem string)) {
	pattern := func(key, value, example string) {
		if _, err := path.Match(value, ""); err != nil || value == "" {
			report(key, "is no pattern; write it like "+example)
		}
	}
	pattern("principal", x.Principal, "arn:aws:iam::*:role/web-*")
	pattern("bucket", x.Bucket, "www-*")
	if x.CIDR != "" {
		if _, err := netip.ParsePrefix(x.CIDR); err != nil {
			report("cidr", "is no address range; write it like 198.51.100.0/24")
		}
	}
	if (x.Network == "") == (x.CIDR == "") {
		report("network", "give network (a name or kind) or cidr, one of them")
	}
	if rank(x.State) < 0 {
		report("state", "is how open the bucket may become; use weakened, latent, shared or public")
	}
	if x.Ticket == "" {
		report("ticket", "is missing; name where the change was agreed")
	}
	if x.Until.IsZero() {
		report("until", "is missing; give the time at which it must be closed again, like 2026-12-01T00:00:00Z")
	}
}

// rank orders the states a change may lead to, the least open first; -1 for what is none of them.
func rank(state string) int {
	return slices.Index([]string{"weakened", string(exposure.Latent), string(exposure.Shared), string(exposure.Public)}, state)
}

// allows reports whether a resource may be in the state that was reached in this way. What is not known may be public,
// unless all that was done was to take a guard away.
func (x *Expected) allows(state string, o *Origin) bool {
	switch state {
	case string(exposure.Private):
		return true
	case string(exposure.Unknown):
		return o.Weakened || x.State == string(exposure.Public)
	case string(exposure.Latent), string(exposure.Shared):
		return rank(state) <= rank(x.State)
	default:
		return x.State == string(exposure.Public)
	}
}

// Origin is one way in which a resource of an exposure was opened: who did it, and from where.
type Origin struct {
	Resource string `json:"resource"`
	Bucket   string `json:"bucket,omitempty"`
	ARN      string `json:"arn,omitempty"`
	Issuer   string `json:"issuer,omitempty"`
	IP       string `json:"ip,omitempty"`
	Network  string `json:"network,omitempty"`  // kind
	Name     string `json:"name,omitempty"`     // of the network
	Weakened bool   `json:"weakened,omitempty"` // only a guard was taken away
	Actor    string `json:"actor,omitempty"`    // key of who did it; empty in what was stored before it was kept
}

// sameActor reports whether two origins are of one actor, as far as that is known.
func (o Origin) sameActor(other Origin) bool {
	if o.Actor == "" || other.Actor == "" {
		return o.ARN == other.ARN
	}
	return o.Actor == other.Actor
}

// covers reports whether the change was announced to be made in this way.
func (x *Expected) covers(o *Origin) bool {
	if !glob(x.Bucket, o.Bucket) || !glob(x.Principal, o.ARN) && !glob(x.Principal, o.Issuer) {
		return false
	}
	if x.CIDR == "" {
		return x.Network == o.Network || x.Network == o.Name
	}
	within, err := netip.ParsePrefix(x.CIDR)
	addr, bad := netip.ParseAddr(o.IP)
	return err == nil && bad == nil && within.Contains(addr.Unmap())
}

// glob matches with * and ? over slashes as well, which stand in ARNs.
func glob(pattern, value string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "\x00"), strings.ReplaceAll(value, "/", "\x00"))
	return ok && err == nil
}

// maxOrigins bounds the origins an incident remembers; one that has more was never announced.
const maxOrigins = 100

// opened notes in which way the event opened a resource.
func (c *changes) opened(i *Incident, change *exposure.Change) {
	s := sourceOf(c.ev.Record, c.ev.Facts)
	o := Origin{
		Resource: change.Resource, Bucket: change.Bucket, ARN: c.ev.Actor.ARN, Issuer: c.ev.Actor.Issuer, IP: s.IP,
		Network: s.Network, Name: s.NetworkName, Weakened: change.Kind == exposure.Weakened, Actor: c.ev.Actor.Key(),
	}
	if change.Proof == "" && len(i.Origins) > 0 && len(i.Origins) <= maxOrigins && !slices.ContainsFunc(i.Origins, o.sameActor) {
		i.renew() // nobody has spoken of this actor yet
	}
	if len(i.Origins) <= maxOrigins && !slices.Contains(i.Origins, o) {
		i.Origins = append(i.Origins, o)
	}
}

// announced gives why an exposure is kept quiet: every resource still open was opened as was announced, by everybody
// who opened it, and is no more open than that. nil if it is not.
func (i *Incident) announced(all []Expected, now time.Time) *alert.Suppression {
	if i.Kind != Exposure || len(i.Origins) > maxOrigins {
		return nil
	}
	var used []*Expected
	for n := range i.Parts {
		if i.Parts[n].Closed {
			continue
		}
		cover := i.cover(n, all, now)
		if len(cover) == 0 {
			return nil
		}
		used = append(used, cover...)
	}
	if len(used) == 0 {
		return nil
	}
	out := &alert.Suppression{Kind: alert.ByExpected, Until: used[0].Until.UTC()}
	var tickets []string
	for _, x := range used {
		tickets = appendNew(tickets, x.Ticket)
		if x.Until.Before(out.Until) {
			out.Until = x.Until.UTC()
		}
	}
	out.ID = strings.Join(tickets, ", ")
	return out
}

// cover gives an announcement for each way in which a part was opened; nil unless there is one for all.
func (i *Incident) cover(part int, all []Expected, now time.Time) []*Expected {
	var used []*Expected
	for n := range i.Origins {
		o := &i.Origins[n]
		if o.Resource != i.Parts[part].Resource {
			continue
		}
		x := slices.IndexFunc(all, func(x Expected) bool {
			return now.Before(x.Until) && x.covers(o) && x.allows(i.Alert.Buckets[part].After, o)
		})
		if x < 0 {
			return nil
		}
		used = append(used, &all[x])
	}
	return used
}

// reason says in a sentence why an alert is kept quiet.
func reason(s *alert.Suppression) string {
	text := fmt.Sprintf("%s %s until %s", s.Kind, s.ID, s.Until.UTC().Format("2006-01-02 15:04:05 UTC"))
	if s.By != "" {
		text += ", by " + s.By
	}
	return withReason(text, s.Reason)
}
