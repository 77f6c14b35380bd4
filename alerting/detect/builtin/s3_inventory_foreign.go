package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func s3InventoryForeign() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-inventory-foreign",
		Title:      "S3 Inventory delivered to an external account",
		Why:        "S3 Inventory delivers the full object list daily or weekly, without ListObjects calls in CloudTrail.",
		Do:         "Delete the inventory configuration unless the destination is yours. Assume the object names are known outside.",
		Severity:   alert.Medium,
		Techniques: []string{"T1619", "T1537"},
		Controls:   []string{"NIST AC-4"},
		Events:     events("s3", "PutBucketInventoryConfiguration", "PutInventoryConfiguration", "DeleteBucketInventoryConfiguration", "DeleteInventoryConfiguration"),
		Ends:       events("s3", "PutBucketInventoryConfiguration", "PutInventoryConfiguration", "DeleteBucketInventoryConfiguration", "DeleteInventoryConfiguration"),
		Match:      inventory,
		Examples: []detect.Example{
			ending(match("until it is undone", "s3/PutBucketInventoryConfiguration", `{"bucketName":"b1","id":"i","InventoryConfiguration":{"Id":"i","IsEnabled":true,"Destination":{"S3BucketDestination":{"AccountId":"999988887777","Bucket":"arn:aws:s3:::other"}}}}`), "s3/DeleteBucketInventoryConfiguration", `{"bucketName":"b1","id":"i"}`),
			ending(match("until it is undone", "s3/PutBucketInventoryConfiguration", `{"bucketName":"b1","id":"i","InventoryConfiguration":{"Id":"i","IsEnabled":true,"Destination":{"S3BucketDestination":{"AccountId":"999988887777","Bucket":"arn:aws:s3:::other"}}}}`), "s3/PutBucketInventoryConfiguration", `{"bucketName":"b1","id":"i","InventoryConfiguration":{"Id":"i","IsEnabled":false,"Destination":{"S3BucketDestination":{"AccountId":"999988887777","Bucket":"arn:aws:s3:::other"}}}}`),
			match("foreign account", "s3/PutBucketInventoryConfiguration", `{"bucketName":"b1","id":"all","InventoryConfiguration":{"Id":"all","IsEnabled":true,"Destination":{"S3BucketDestination":{"AccountId":"999988887777","Bucket":"arn:aws:s3:::other","Format":"CSV"}}}}`),
			match("account not named", "s3/PutBucketInventoryConfiguration", `{"bucketName":"b1","id":"all","InventoryConfiguration":{"Id":"all","IsEnabled":"true","Destination":{"S3BucketDestination":{"Bucket":"arn:aws:s3:::other","Format":"CSV"}}}}`),
			miss("own account", "s3/PutBucketInventoryConfiguration", `{"bucketName":"b1","id":"all","InventoryConfiguration":{"Id":"all","IsEnabled":true,"Destination":{"S3BucketDestination":{"AccountId":"111122223333","Bucket":"arn:aws:s3:::lists","Format":"CSV"}}}}`),
			miss("into itself", "s3/PutBucketInventoryConfiguration", `{"bucketName":"b1","id":"all","InventoryConfiguration":{"Id":"all","IsEnabled":true,"Destination":{"S3BucketDestination":{"Bucket":"arn:aws:s3:::b1","Format":"CSV"}}}}`),
			miss("switched off", "s3/PutBucketInventoryConfiguration", `{"bucketName":"b1","id":"all","InventoryConfiguration":{"Id":"all","IsEnabled":false,"Destination":{"S3BucketDestination":{"AccountId":"999988887777","Bucket":"arn:aws:s3:::other","Format":"CSV"}}}}`),
		},
	}
}

func inventory(in *detect.Input) *detect.Hit {
	state := "bucket/" + in.Record.Bucket() + "/inventory/" + param(in, "id", "InventoryConfiguration.Id")
	if hit := deliverInventory(in); hit != nil {
		return lasting(hit, state)
	}
	return ended(in, state)
}

// deliverInventory is the verdict on where an inventory goes.
func deliverInventory(in *detect.Input) *detect.Hit {
	list := in.Record.RequestParameters.Get("InventoryConfiguration")
	destination := list.Get("Destination", "S3BucketDestination")
	bucket, account := destination.Get("Bucket").Text(), destination.Get("AccountId").Text()
	on, said := list.Get("IsEnabled").Bool()
	switch {
	case bucket == "" || lastPart(bucket) == in.Record.Bucket() || account != "" && ownAccount(in, account) || said && !on:
		return nil
	case account == "": // may be left out, whosever the bucket is
		unnamed := func(in *detect.Input) *detect.Hit {
			return say(in, "configured S3 Inventory of bucket {} to deliver to "+bucket+" in an account that is not named", in.Record.Bucket())
		}
		return at(alert.Low, unlessUsual(notByStack(unnamed))(in))
	}
	return say(in, "configured S3 Inventory of bucket {} to deliver to "+bucket+" in external account "+account, in.Record.Bucket())
}
