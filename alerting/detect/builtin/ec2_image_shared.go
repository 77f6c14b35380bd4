package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func ec2ImageShared() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-image-shared",
		Title:      "AMI shared externally or made public",
		Why:        "An AMI contains a full disk, including any secrets on it. External accounts can launch or copy it.",
		Do:         "Remove the launch permission and rotate the secrets stored on the image.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ec2", "ModifyImageAttribute", "ResetImageAttribute", "DeregisterImage"),
		Ends:       events("ec2", "ModifyImageAttribute", "ResetImageAttribute", "DeregisterImage"),
		Match:      shareImage,
		Examples: []detect.Example{
			ending(match("until it is undone", "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"999988887777"}]}}}`), "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"remove":{"items":[{"userId":"999988887777"}]}}}`),
			ending(match("until it is undone", "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"999988887777"}]}}}`), "ec2/DeregisterImage", `{"imageId":"ami-1"}`),
			match("public", "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"group":"all"}]}}}`),
			match("foreign account", "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"add":{"items":[{"userId":"999988887777"}]}}}`),
			miss("taken back", "ec2/ModifyImageAttribute", `{"imageId":"ami-1","launchPermission":{"remove":{"items":[{"group":"all"}]}}}`),
		},
	}
}

func shareImage(in *detect.Input) *detect.Hit {
	return shareOut(in, "AMI", param(in, "imageId"), in.Record.RequestParameters.Get("launchPermission"))
}

// shareOut judges a list of those a disk is shared with: the group "all", accounts, or organizations by ARN. Everyone is
// told first, whatever stands before.
func shareOut(in *detect.Input, kind, id string, permission cloudtrail.Value) *detect.Hit {
	if !strings.HasPrefix(in.Record.EventName, "Modify") { // deleted, or given back to its owner alone
		return ended(in, "disk/"+id+"/")
	}
	added := moved(in, permission, "add")
	if hit := addShares(in, kind, id, added); hit != nil {
		return lasting(hit, sharesOf(in, id, "add", added)...)
	}
	return ended(in, sharesOf(in, id, "remove", moved(in, permission, "remove"))...)
}

// moved lists those whom a call adds to the permission on a disk, or removes from it.
func moved(in *detect.Input, permission cloudtrail.Value, operation string) []cloudtrail.Value {
	items := permission.Get(operation, "items").List()
	if param(in, "operationType") == operation { // the older form of the request
		items = append(items, in.Record.RequestParameters.Get("groupSet", "items").List()...)
		items = append(items, in.Record.RequestParameters.Get("userIdSet", "items").List()...)
	}
	return items
}

// sharesOf names the shares of a disk, one for each of those it is shared with.
func sharesOf(in *detect.Input, id, operation string, items []cloudtrail.Value) []string {
	var with []string
	if group := param(in, "userGroup"); group != "" && param(in, "operationType") == operation {
		with = append(with, group)
	}
	for _, item := range items {
		for _, member := range []string{"group", "userId", "organizationArn", "organizationalUnitArn"} {
			if name := item.Get(member).Text(); name != "" {
				with = append(with, name)
			}
		}
	}
	return prefixed("disk/"+id+"/", with)
}

func addShares(in *detect.Input, kind, id string, items []cloudtrail.Value) *detect.Hit {
	public := param(in, "operationType") == "add" && param(in, "userGroup") == "all"
	var accounts, others []string
	for _, item := range items {
		public = public || item.Get("group").Text() == "all"
		accounts = append(accounts, item.Get("userId").Text())
		for _, member := range []string{"organizationArn", "organizationalUnitArn"} {
			if arn := item.Get(member).Text(); arn != "" && !ownOrganization(in, arn) {
				others = append(others, "organization "+arn[strings.LastIndexByte(arn, ':')+1:])
			}
		}
	}
	return shareDisk(in, kind, id, public, externals(in, accounts), others)
}

// shareDisk tells with whom a disk is shared: the public before all others.
func shareDisk(in *detect.Input, kind, id string, public bool, accounts string, others []string) *detect.Hit {
	if accounts != "" {
		others = append([]string{accounts}, others...)
	}
	with := listed(others)
	switch {
	case public && with != "":
		with = " and shared it with " + with
		fallthrough
	case public:
		hit := at(alert.High, say(in, "made "+kind+" {} public"+with, id))
		if hit != nil {
			hit.Grant = "everyone"
		}
		return hit
	case with != "":
		return say(in, "shared "+kind+" {} with "+with, id)
	}
	return nil
}

// ownOrganization reports whether the ARN of an organization or of a unit of it is of one's own.
func ownOrganization(in *detect.Input, arn string) bool {
	id := in.Settings.Own.OrganizationID
	_, path, _ := strings.Cut(arn, "/")
	first, _, _ := strings.Cut(path, "/")
	return id != "" && first == id
}
