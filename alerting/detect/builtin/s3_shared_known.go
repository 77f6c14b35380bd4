package builtin

import (
	"fmt"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

func s3SharedKnown() *detect.Rule {
	const foreign = `{"bucketName":"b1","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b1/*"}]}}`
	return &detect.Rule{
		ID:         "s3-shared-known",
		Title:      "S3 bucket shared with a known account",
		Why:        "The bucket grants access to one of your own accounts or your organization. Usually routine; suspicious from a new network or tool.",
		Do:         "No action if the actor, network and tool are usual. Otherwise verify the change with the actor and rotate the credentials if they did not make it.",
		Severity:   alert.Info,
		Techniques: []string{"T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("s3", "PutBucketPolicy", "PutBucketAcl"),
		NoEnd:      "It tells of a grant to one's own accounts, which may stay.",
		Match:      sharedKnown,
		Examples: []detect.Example{
			knowing(match("known account", "s3/PutBucketPolicy", foreign), "999988887777"),
			miss("foreign account", "s3/PutBucketPolicy", foreign),
			knowing(miss("refused", "s3/PutBucketPolicy", foreign, failed("AccessDenied")), "999988887777"),
			later(knowing(miss("let in before", "s3/PutBucketPolicy", foreign), "999988887777"), "s3/PutBucketPolicy", foreign),
		},
	}
}

// knowing makes accounts one's own.
func knowing(e detect.Example, accounts ...string) detect.Example {
	e.Settings = &detect.Settings{Own: exposure.Own{Accounts: accounts}}
	return e
}

// sharedKnown is told only where nothing worse is to be told of the same change.
func sharedKnown(in *detect.Input) *detect.Hit {
	c := in.Change
	if c == nil || c.OwnGrant == "" || told(in.Record, c) || ownService(in.Record) {
		return nil
	}
	return &detect.Hit{
		Bucket: c.Bucket, Resource: c.Resource, Grant: c.OwnGrant,
		Detail: fmt.Sprintf("%s shared %s with a known account (%s).", who(in.Record), c.Place(), c.OwnGrant),
	}
}
