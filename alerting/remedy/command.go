package remedy

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// option is one option of a command: as the command line spells it, and as the API does.
type option struct{ name, member, value string }

// Command is the write as a command of the AWS CLI, for a POSIX shell with $'…' quotes.
func (w Write) Command() string {
	var options []option
	add := func(name, member, value string) {
		if value != "" {
			options = append(options, option{name, member, value})
		}
	}
	words := "aws s3api "
	if w.Service == "s3control" {
		words = "aws s3control "
		add("account-id", "AccountId", w.Account)
	}
	add("bucket", "Bucket", w.Bucket)
	add("key", "Key", w.Object)
	add("version-id", "VersionId", w.Version)
	switch w.Call {
	case "PutMultiRegionAccessPointPolicy":
		details, err := text(struct{ Name, Policy string }{w.Point, w.After.Text})
		if err == nil {
			add("details", "Details", details)
		}
	case "PutPublicAccessBlock":
		add("public-access-block-configuration", "", shorthand(w.After.Text))
	case "PutBucketOwnershipControls":
		add("ownership-controls", "", "Rules=[{ObjectOwnership="+string(exposure.BucketOwnerEnforced)+"}]")
	case "PutBucketAcl", "PutObjectAcl":
		options = append(options, aclOptions(w.After.Text)...)
	default:
		add("name", "Name", w.Point)
		add("policy", "Policy", w.After.Text)
	}
	add("region", "", w.Region)
	return line(words+kebab(w.Call), options)
}

// line writes a command. A value that the command line would take for an option or for a file to read goes in as JSON.
func line(words string, options []option) string {
	var args []string
	odd := map[string]string{}
	for _, o := range options {
		if o.member != "" && (strings.HasPrefix(o.value, "-") || strings.Contains(o.value, "://")) && !strings.HasPrefix(o.value, "{") {
			odd[o.member] = o.value
			continue
		}
		args = append(args, "--"+o.name, o.value)
	}
	if len(odd) > 0 {
		if json, err := text(odd); err == nil {
			args = append(args, "--cli-input-json", json)
		}
	}
	return command(words, args...)
}

// kebab is a call as the command line spells it: put-bucket-acl.
func kebab(call string) string {
	var b strings.Builder
	for i, r := range call {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// shorthand is a Public Access Block in the command line's shorthand.
func shorthand(doc string) string {
	block, err := exposure.ParseBlock([]byte(doc))
	if err != nil {
		return ""
	}
	var values []string
	for flag := range (exposure.Flags{}) {
		values = append(values, fmt.Sprintf("%s=%t", exposure.Flag(flag), block.Has(exposure.Flag(flag))))
	}
	return strings.Join(values, ",")
}

// aclOptions are the options of an ACL given as the members of PutBucketAcl's input.
func aclOptions(request string) []option {
	var in map[string]json.RawMessage
	if json.Unmarshal([]byte(request), &in) != nil {
		return nil
	}
	var out []option
	for _, o := range []option{
		{name: "acl", member: "ACL"},
		{name: "access-control-policy", member: "AccessControlPolicy"},
		{name: "grant-full-control", member: "GrantFullControl"},
		{name: "grant-read", member: "GrantRead"},
		{name: "grant-read-acp", member: "GrantReadACP"},
		{name: "grant-write", member: "GrantWrite"},
		{name: "grant-write-acp", member: "GrantWriteACP"},
	} {
		if raw, ok := in[o.member]; ok {
			out = append(out, option{name: o.name, value: unquoted(string(raw))})
		}
	}
	return out
}
