package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3AccessGrantForeign() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-access-grant-foreign",
		Title:      "S3 Access Grants grant to an external account",
		Why:        "S3 Access Grants gives its grantees credentials for the data, whatever the bucket policy and ACL say.",
		Do:         "Delete the access grant (DeleteAccessGrant) unless the account is yours or a partner's. Then check CloudTrail for GetDataAccess calls of the grantee.",
		Severity:   alert.Medium,
		Techniques: []string{"T1098", "T1530"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("s3", "CreateAccessGrant", "DeleteAccessGrant"),
		Ends:       events("s3", "DeleteAccessGrant"),
		Match:      grantAccess,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/CreateAccessGrant", `{"CreateAccessGrantRequest":{"Grantee":{"GranteeType":"IAM","GranteeIdentifier":"arn:aws:iam::999988887777:role/x"},"Permission":"READ"}}`, answering(`{"AccessGrantId":"g1"}`)), "s3/DeleteAccessGrant", `{"accessGrantId":"g1"}`),
			match("foreign role", "s3/CreateAccessGrant", `{"CreateAccessGrantRequest":{"AccessGrantsLocationId":"default","Grantee":{"GranteeType":"IAM","GranteeIdentifier":"arn:aws:iam::999988887777:role/x"},"Permission":"READ"}}`),
			miss("own role", "s3/CreateAccessGrant", `{"CreateAccessGrantRequest":{"AccessGrantsLocationId":"default","Grantee":{"GranteeType":"IAM","GranteeIdentifier":"arn:aws:iam::111122223333:role/x"},"Permission":"READ"}}`),
			miss("own directory", "s3/CreateAccessGrant", `{"CreateAccessGrantRequest":{"Grantee":{"GranteeType":"DIRECTORY_USER","GranteeIdentifier":"83d43802-00b1-7054-db02-f1d683aacba5"},"Permission":"READ"}}`),
		},
	}
}

func grantAccess(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "DeleteAccessGrant" {
		id := param(in, "accessGrantId", "AccessGrantId", "id")
		return over(in, "grant/"+id, "deleted access grant "+id)
	}
	const request = "CreateAccessGrantRequest."
	account := principalAccount(exposure.Principal{Type: "AWS", ID: param(in, request+"Grantee.GranteeIdentifier", "Grantee.GranteeIdentifier")})
	external := externals(in, []string{account})
	if len(account) != 12 || external == "" {
		return nil
	}
	permission, scope := param(in, request+"Permission", "Permission"), in.Record.ResponseElements.Get("GrantScope").Text()
	if scope == "" {
		if prefix := param(in, request+"AccessGrantsLocationConfiguration.S3SubPrefix"); prefix != "" {
			scope = "prefix " + prefix
		}
	}
	hit := say(in, "granted "+external+" "+permission+" access through S3 Access Grants to {}", scope)
	if hit != nil {
		hit.Grant = account + " " + permission
	}
	id := in.Record.ResponseElements.Get("AccessGrantId").Text()
	if id == "" {
		return hit
	}
	return episode("grant/"+id, hit)
}
