package exposure

// loadBalancing reports whether an account is one of those from which Elastic Load Balancing, in regions opened before
// August 2022, writes access logs: bucket policies name them where newer ones name a service (Elastic Load Balancing
// User Guides, "Attach a policy to your S3 bucket").
func loadBalancing(account string) bool {
	switch account {
	case "127311923021", "033677994240", "027434742980", "797873946194", // us-east-1, us-east-2, us-west-1, us-west-2
		"985666609251", "507241528517", "098369216593", "076674570225", // ca-central-1, sa-east-1, af-south-1, me-south-1
		"054676820928", "156460612806", "652711504416", "009996457667", // eu-central-1, eu-west-1, eu-west-2, eu-west-3
		"635631232127", "897822967062", // eu-south-1, eu-north-1
		"754344448648", "582318560864", "600734575887", "383597477331", // ap-east-1, ap-northeast-1, -2, -3
		"114774131450", "783225319266", "589379963580", "718504428378", // ap-southeast-1, -2, -3, ap-south-1
		"048591011584", "190560391635", "638102146993", "037604701340": // us-gov-west-1, us-gov-east-1, cn-north-1, cn-northwest-1
		return true
	default:
		return false
	}
}

// deliversLogs reports whether a principal is AWS's own delivery of logs: of CloudTrail, Config, CloudWatch Logs' vended
// logs, S3 server access logs or Elastic Load Balancing, by service or by the accounts documented for it.
func deliversLogs(p Principal) bool {
	switch p.Type {
	case "Service":
		switch p.ID {
		case "cloudtrail.amazonaws.com", "config.amazonaws.com", "delivery.logs.amazonaws.com", "logging.s3.amazonaws.com",
			"logdelivery.elasticloadbalancing.amazonaws.com", "logdelivery.elb.amazonaws.com":
			return true
		}
		return false
	case "AWS":
		account, ok := arnAccount(p.ID, true)
		return loadBalancing(p.ID) || ok && loadBalancing(account)
	default:
		return false
	}
}

// deliveryAction reports whether an action, in lower case, is one that the delivery of logs needs.
func deliveryAction(action string) bool {
	switch action {
	case "s3:putobject", "s3:getbucketacl", "s3:listbucket", "logs:createlogstream", "logs:putlogevents":
		return true
	default:
		return false
	}
}
