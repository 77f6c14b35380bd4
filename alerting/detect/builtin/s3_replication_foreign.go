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
		Ends:       events("s3", "PutBucketReplication", "DeleteBucketReplication"),
		Match:      replicate,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::x","Account":"999988887777"}}}}`), "s3/DeleteBucketReplication", `{"bucketName":"b1"}`),
			match("foreign account", "s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::other","Account":"999988887777"}}}}`),
			match("account not named", "s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::other"}}}}`),
			miss("taken away", "s3/DeleteBucketReplication", `{"bucketName":"b1","replication":""}`),
			miss("own account", "s3/PutBucketReplication", `{"bucketName":"b1","ReplicationConfiguration":{"Rule":{"Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::other","Account":"111122223333"}}}}`),
		},
	}
}

// replicate judges all rules of a replication together: one that copies to an account known to be another decides.
func replicate(in *detect.Input) *detect.Hit {
	bucket := in.Record.Bucket()
	name := "replication/" + bucket
	var foreign, unnamed []string
	for _, rule := range in.Record.RequestParameters.Get("ReplicationConfiguration", "Rule").List() {
		account := rule.Get("Destination", "Account").Text()
		destination := rule.Get("Destination", "Bucket").Text()
		switch {
		case destination == "" || account != "" && ownAccount(in, account) || rule.Get("Status").Text() == "Disabled":
		case account == "": // named only when the copies are to change their owner
			unnamed = append(unnamed, destination+" in an account that is not named")
		default:
			foreign = append(foreign, destination+" in external account "+account)
		}
	}
	if len(foreign)+len(unnamed) == 0 {
		return over(in, name, "ended the replication of S3 bucket "+bucket+" to other accounts")
	}
	hit := say(in, "configured replication of S3 bucket {} to "+listed(append(foreign, unnamed...)), bucket)
	if len(foreign) == 0 {
		hit = at(alert.Low, hit)
	}
	return episode(name, hit)
}
