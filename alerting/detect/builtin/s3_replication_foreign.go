package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3ReplicationForeign() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-replication-foreign",
		Title:      "S3 replication to an external account enabled",
		Why:        "Every new object is copied to a bucket outside your accounts until the rule is removed.",
		Do:         "Remove the replication rule unless the destination is yours. Treat every object written since as copied.",
		Severity:   alert.High,
		Techniques: []string{"T1537", "T1020"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("s3", "PutBucketReplication", "DeleteBucketReplication"),
		Match:      replicate,
		Examples: []detect.Example{
			match("foreign account", "s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::other","Account":"999988887777"}}}}`),
			match("account not named", "s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::other"}}}}`),
			miss("taken away", "s3/DeleteBucketReplication", `{"bucketName":"b1","replication":""}`),
			miss("own account", "s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::other","Account":"111122223333"}}}}`),
		},
	}
}

func replicate(in *detect.Input) *detect.Hit {
	name := "replication/" + in.Record.Bucket()
	for _, rule := range in.Record.RequestParameters.Get("ReplicationConfiguration", "Rule").List() {
		account := rule.Get("Destination", "Account").Text()
		destination := rule.Get("Destination", "Bucket").Text()
		switch {
		case destination == "" || account != "" && ownAccount(in, account) || rule.Get("Status").Text() == "Disabled":
			continue
		case account == "": // named only when the copies are to change their owner
			return episode(name, at(alert.Low, say(in, "set up copying to "+destination+", of an account not named, from", in.Record.Bucket())))
		}
		return episode(name, say(in, "set up copying to "+destination+" of account "+account+" from", in.Record.Bucket()))
	}
	return over(in, name, "ended the copying to others from "+in.Record.Bucket())
}
