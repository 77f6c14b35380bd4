package exposure

import (
	"encoding/json"
	"strings"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// OrganizationPolicies is what was seen of the S3 policies of an organization, in the records of its management account.
type OrganizationPolicies struct {
	Policies map[string]*OrganizationPolicy `json:"policies,omitempty"` // by id, p-…
	Parents  map[string]Fact[string]        `json:"parents,omitempty"`  // root or unit that an account or unit is in; outside: left
}

// OrganizationPolicy is one policy of an organization; of those of other types no content is known.
type OrganizationPolicy struct {
	Blocks  Fact[Tri]             `json:"blocks,omitempty"`  // whether its content blocks public access to S3
	Targets map[string]Fact[bool] `json:"targets,omitempty"` // whether it is attached, by root, unit or account
}

const (
	s3Policy = "S3_POLICY"
	outside  = "-" // the parent of an account that left
	// maxOrganization bounds the policies, the targets of each, and the parents that are kept.
	maxOrganization = 2000
)

// Organizes reports whether a record of this service and event name can say something about an organization's S3 policies.
func Organizes(eventSource, eventName string) bool {
	if eventSource != "organizations.amazonaws.com" {
		return false
	}
	switch eventName {
	case "CreatePolicy", "UpdatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy", "DisablePolicyType",
		"MoveAccount", "CreateOrganizationalUnit", "RemoveAccountFromOrganization", "LeaveOrganization":
		return true
	default:
		return false
	}
}

// Take notes what a record of the management account says of the organization's S3 policies.
func (o *OrganizationPolicies) Take(rec *cloudtrail.Record) {
	if rec.Failed() || !Organizes(rec.EventSource, rec.EventName) {
		return
	}
	request, mark := rec.RequestParameters, markOf(rec)
	text := func(name string) string { return request.Get(name).Text() }
	switch rec.EventName {
	case "CreatePolicy", "UpdatePolicy":
		o.write(rec, mark)
	case "DeletePolicy":
		o.Policies[text("policyId")].set(No, mark)
	case "AttachPolicy", "DetachPolicy":
		o.policy(text("policyId")).attach(text("targetId"), rec.EventName == "AttachPolicy", mark)
	case "DisablePolicyType":
		if text("policyType") == s3Policy {
			o.detachAll(mark)
		}
	case "MoveAccount":
		o.place(text("accountId"), text("destinationParentId"), mark)
	case "CreateOrganizationalUnit":
		o.place(rec.ResponseElements.Get("organizationalUnit", "id").Text(), text("parentId"), mark)
	case "RemoveAccountFromOrganization":
		o.place(text("accountId"), outside, mark)
	case "LeaveOrganization":
		o.place(rec.OwnerAccount(), outside, mark)
	}
}

// write notes the content of a policy that was made or changed.
func (o *OrganizationPolicies) write(rec *cloudtrail.Record, mark Mark) {
	summary := rec.ResponseElements.Get("policy", "policySummary")
	id, content := summary.Get("id").Text(), rec.RequestParameters.Get("content")
	if rec.EventName == "UpdatePolicy" {
		id = rec.RequestParameters.Get("policyId").Text()
	}
	p := o.Policies[id]
	ofS3 := summary.Get("type").Text() == s3Policy || rec.RequestParameters.Get("type").Text() == s3Policy || p != nil && len(p.Blocks) > 0
	if !ofS3 || !content.Exists() {
		return
	}
	if p = o.policy(id); p != nil {
		p.Blocks.put(Entry[Tri]{Mark: mark, Value: blocksAll(content.Text())})
		p.Blocks.trim()
	}
}

// set changes what is known of a policy's content, if it is known to be of this type.
func (p *OrganizationPolicy) set(blocks Tri, mark Mark) {
	if p != nil && len(p.Blocks) > 0 {
		p.Blocks.put(Entry[Tri]{Mark: mark, Value: blocks})
		p.Blocks.trim()
	}
}

func (o *OrganizationPolicies) detachAll(mark Mark) {
	for _, p := range o.Policies {
		for target := range p.Targets {
			p.attach(target, false, mark)
		}
	}
}

func (o *OrganizationPolicies) policy(id string) *OrganizationPolicy {
	p := o.Policies[id]
	if p != nil || id == "" || len(o.Policies) >= maxOrganization {
		return p
	}
	if o.Policies == nil {
		o.Policies = map[string]*OrganizationPolicy{}
	}
	p = &OrganizationPolicy{}
	o.Policies[id] = p
	return p
}

func (p *OrganizationPolicy) attach(target string, attached bool, mark Mark) {
	if p == nil || target == "" || len(p.Targets) >= maxOrganization && p.Targets[target] == nil {
		return
	}
	if p.Targets == nil {
		p.Targets = map[string]Fact[bool]{}
	}
	f := p.Targets[target]
	f.put(Entry[bool]{Mark: mark, Value: attached})
	f.trim()
	p.Targets[target] = f
}

func (o *OrganizationPolicies) place(child, parent string, mark Mark) {
	if child == "" || parent == "" || len(o.Parents) >= maxOrganization && o.Parents[child] == nil {
		return
	}
	if o.Parents == nil {
		o.Parents = map[string]Fact[string]{}
	}
	f := o.Parents[child]
	f.put(Entry[string]{Mark: mark, Value: parent})
	f.trim()
	o.Parents[child] = f
}

// blocksAll reads the content of an S3 policy: "all" blocks public access, "none" does not (Organizations User Guide,
// "Amazon S3 policy syntax and examples").
func blocksAll(content string) Tri {
	var policy struct {
		S3 struct {
			Block struct {
				Assign string `json:"@@assign"`
			} `json:"public_access_block_configuration"`
		} `json:"s3_attributes"`
	}
	switch err := json.Unmarshal([]byte(content), &policy); {
	case err != nil:
		return Maybe
	case policy.S3.Block.Assign == "all":
		return Yes
	default:
		return No
	}
}

// Blocks reports whether the policies block public access in an account, and since which event. The level nearest to the
// account decides: the account, the units above it as far as they are known, the root. Where the way to the root is not
// known, root says whether its policies count for the account.
func (o *OrganizationPolicies) Blocks(account string, root bool) (blocks bool, since Mark) {
	levels := []string{account}
	const deepest = 8
	for len(levels) < deepest {
		e, ok := o.Parents[levels[len(levels)-1]].Latest()
		if !ok {
			break
		}
		levels, since = append(levels, e.Value), latter(since, e.Mark)
	}
	if levels[len(levels)-1] == outside {
		return false, since
	}
	if root && !strings.HasPrefix(levels[len(levels)-1], "r-") {
		levels = append(levels, "r-")
	}
	for _, level := range levels {
		found, all, last := o.at(level)
		since = latter(since, last)
		if found {
			return all, since
		}
	}
	return false, since
}

// at reports whether policies are attached at a level, whether all of them block, and which event was the last there. The
// level r- is any root.
func (o *OrganizationPolicies) at(level string) (found, all bool, last Mark) {
	all = true
	for _, p := range o.Policies {
		content, known := p.Blocks.Latest()
		for target, f := range p.Targets {
			here := target == level || level == "r-" && strings.HasPrefix(target, level)
			if e, _ := f.Latest(); here && known {
				last = latter(last, latter(content.Mark, e.Mark))
				found, all = found || e.Value, all && (!e.Value || content.Value == Yes)
			}
		}
	}
	return found, all, last
}

func latter(a, b Mark) Mark {
	if b.Compare(a) > 0 {
		return b
	}
	return a
}

// Govern sets what an organization's policies block in an account from the event at the mark on.
func (a *Account) Govern(blocks bool, since Mark) {
	for flag := range flags {
		a.Organization[flag].put(Entry[Tri]{Mark: since, Value: TriOf(blocks)})
	}
	a.Organization.trim()
}

// Governed reports whether what an organization's policies block in the account, since which event, is known already.
func (a *Account) Governed(blocks bool, since Mark) bool {
	e, _ := a.Organization[RestrictPublicBuckets].Latest()
	return blocks == (e.Value == Yes) && (!blocks || e.Compare(since) >= 0)
}

// ApplyOrganization brings an account in line with what its organization's policies block after a record of the management
// account, and tells what that changed; see Effects for what stands behind. The policies block, or do not, since an event
// that may have come before this record did.
func ApplyOrganization(a *Account, blocks bool, since Mark, rec *cloudtrail.Record, own Own) Change {
	w := &writer{b: &Bucket{}, a: a, rec: rec, mark: latter(markOf(rec), since), own: own}
	a.Govern(blocks, w.mark)
	return w.differ(AccountScope).change()
}
