package exposure

import (
	"encoding/json"
	"fmt"
	"strings"
)

// remedy lists the commands that undo a change: back to the state before where that is known and closed, else
// the ones that close for certain and destroy nothing.
func (d *differ) remedy(c Change) []string {
	switch c.Kind {
	case Opened, Widened, Slept, SharedOut, Weakened, Unclear:
	default:
		return nil
	}
	switch d.scope {
	case AccountScope:
		return []string{command("aws s3control put-public-access-block", "--account-id", c.Account, "--public-access-block-configuration", d.formerBlock(d.a.Block))}
	case ObjectScope:
		return []string{objectPrivate(c.Bucket, c.Object)}
	case AccessPointScope:
		return []string{command("aws s3control delete-access-point-policy", "--account-id", c.Account, "--name", c.Point)}
	}
	var out []string
	if d.wrote(PolicyPath) && !d.makes() {
		out = append(out, d.formerPolicy(c.Bucket)...)
	}
	if d.wrote(ACLPath) {
		out = append(out, d.formerACL(c.Bucket))
	}
	if e, ok := d.b.Ownership.At(d.mark); ok && e.Mark == d.mark && !e.Proof && !d.makes() {
		out = append(out, command("aws s3api put-bucket-ownership-controls", "--bucket", c.Bucket, "--ownership-controls", "Rules=[{ObjectOwnership=BucketOwnerEnforced}]"))
	}
	if c.Kind == SharedOut && len(out) > 0 {
		return out // Public Access Block does not stop what is shared with named others
	}
	return append(out, command("aws s3api put-public-access-block", "--bucket", c.Bucket, "--public-access-block-configuration", d.formerBlock(d.b.Block)))
}

// formerBlock is the Public Access Block before the record, in the command line's shorthand, where this record
// changed it and some of it was on; else all four flags, which close for certain.
func (d *differ) formerBlock(f Flags) string {
	former, on := BlockAll().tri(), false
	if d.set(f) {
		for flag := range flags {
			e, _ := f[flag].Before(d.mark)
			former[flag] = e.Value
			on = on || e.Value == Yes
		}
	}
	values := make([]string, 0, flags)
	for flag := range flags {
		values = append(values, fmt.Sprintf("%s=%t", flag, former[flag] != No || !on))
	}
	return strings.Join(values, ",")
}

// set reports whether the record set this block itself.
func (d *differ) set(f Flags) bool {
	e, ok := f[BlockPublicAcls].At(d.mark)
	return ok && e.Mark == d.mark && !e.Proof
}

// formerPolicy restores the policy before, or deletes one where there was none. Where that is not known nothing
// is proposed: deleting would take away what others need.
func (d *differ) formerPolicy(bucket string) []string {
	e, ok := d.b.Policy.Before(d.mark)
	switch {
	case !ok:
		return nil
	case e.Value == "":
		return []string{command("aws s3api delete-bucket-policy", "--bucket", bucket)}
	default:
		return []string{command("aws s3api put-bucket-policy", "--bucket", bucket, "--policy", e.Value)}
	}
}

// formerACL restores the ACL before where it was closed and not a plain private one, else sets the private one.
func (d *differ) formerACL(bucket string) string {
	e, ok := d.b.ACL.Before(d.mark)
	if !ok || e.Value.Owner == "" || e.Value.Owner == ownerID || e.Value.Fault != "" || openACL(e.Value) {
		return command("aws s3api put-bucket-acl", "--bucket", bucket, "--acl", "private")
	}
	type grantee struct {
		Type string `json:"Type"`
		ID   string `json:"ID,omitempty"`
		URI  string `json:"URI,omitempty"`
	}
	type grant struct {
		Grantee    grantee `json:"Grantee"`
		Permission string  `json:"Permission"`
	}
	var doc struct {
		Grants []grant `json:"Grants"`
		Owner  struct {
			ID string `json:"ID"`
		} `json:"Owner"`
	}
	doc.Owner.ID = e.Value.Owner
	for _, g := range e.Value.Grants {
		to := grantee{Type: "CanonicalUser", ID: g.Grantee}
		if g.Grantee == logDelivery {
			to = grantee{Type: "Group", URI: "http://acs.amazonaws.com/groups/s3/LogDelivery"}
		}
		doc.Grants = append(doc.Grants, grant{to, g.Permission})
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return command("aws s3api put-bucket-acl", "--bucket", bucket, "--acl", "private")
	}
	return command("aws s3api put-bucket-acl", "--bucket", bucket, "--access-control-policy", string(text))
}

// objectPrivate makes one object private. A key that the command line would take for an option or for a file
// to read goes in as JSON.
func objectPrivate(bucket, key string) string {
	if !strings.HasPrefix(key, "-") && !strings.Contains(key, "://") {
		return command("aws s3api put-object-acl", "--bucket", bucket, "--key", key, "--acl", "private")
	}
	text, err := json.Marshal(map[string]string{"Bucket": bucket, "Key": key, "ACL": "private"})
	if err != nil {
		return ""
	}
	return command("aws s3api put-object-acl", "--cli-input-json", string(text))
}
