package gen

import "fmt"

// call is what differs from one record to another beside who made it.
type call struct {
	service, name     string
	request, response string // JSON
	bucket, key       string // of an S3 call
	failure           string // errorCode
	readOnly, data    bool
}

func (g *Generator) bucket() string { return pick(g, g.buckets...) }

// read is one of the calls that make most of every trail.
func (g *Generator) read() call {
	c := call{service: "ec2", readOnly: true, response: "null"}
	switch g.rand.IntN(9) {
	case 0:
		c.name = "DescribeInstances"
		c.request = fmt.Sprintf(`{"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}},`+
			`{"name":"tag:Name","valueSet":{"items":[{"value":"%s-web-%d"}]}}]},"maxResults":1000,"nextToken":"%s"}`, pick(g, "prod", "stage"), g.rand.IntN(50), g.hex(32))
	case 1:
		c.name = "DescribeNetworkInterfaces"
		c.request = fmt.Sprintf(`{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"eni-0%s"}]},"filterSet":{}}`, g.hex(8))
	case 2:
		c.service, c.name = "sts", "AssumeRole"
		c.request = fmt.Sprintf(`{"roleArn":"arn:aws:iam::%s:role/prod-batch-%d","roleSessionName":"i-0%s","durationSeconds":3600}`, g.cfg.Account, g.rand.IntN(200), g.hex(8))
		c.response = fmt.Sprintf(`{"credentials":{"accessKeyId":"ASIA%X","sessionToken":"%s","expiration":"Mar 2, 2026, 9:00:00 AM"}}`, g.rand.Uint64(), g.hex(60))
	case 3:
		c.service, c.name = "kms", "Decrypt"
		c.request = fmt.Sprintf(`{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"PARAMETER_ARN":"arn:aws:ssm:%s:%s:parameter/%s"}}`, g.cfg.Region, g.cfg.Account, g.hex(24))
	case 4:
		c.service, c.name = "logs", "DescribeLogStreams"
		c.request = fmt.Sprintf(`{"logGroupName":"/aws/lambda/%s-%d","orderBy":"LastEventTime","descending":true,"limit":50,"nextToken":"%s"}`,
			pick(g, "ingest", "resize", "notify"), g.rand.IntN(90), g.hex(48))
	case 5:
		c.service, c.name, c.bucket = "s3", pick(g, "GetBucketAcl", "GetBucketPolicy", "GetBucketLocation", "GetBucketTagging"), g.bucket()
		c.request = fmt.Sprintf(`{"bucketName":"%s","Host":"%s.s3.%s.amazonaws.com","acl":""}`, c.bucket, c.bucket, g.cfg.Region)
	case 6:
		c.service, c.name = "dynamodb", "DescribeTable"
		c.request = fmt.Sprintf(`{"tableName":"%s-%d"}`, pick(g, "orders", "sessions", "carts"), g.rand.IntN(30))
	case 7:
		c.service, c.name, c.request = "sts", "GetCallerIdentity", "null"
	default:
		c.service, c.name = "secretsmanager", "DescribeSecret"
		c.request = fmt.Sprintf(`{"secretId":"arn:aws:secretsmanager:%s:%s:secret:app/%d"}`, g.cfg.Region, g.cfg.Account, g.rand.IntN(100))
		if g.rand.IntN(20) == 0 {
			c.failure = "AccessDenied"
		}
	}
	return c
}

// data is an S3 data event.
func (g *Generator) data() call {
	c := call{service: "s3", name: pick(g, "GetObject", "GetObject", "GetObject", "HeadObject", "PutObject"), data: true, response: "null"}
	c.bucket = g.bucket()
	c.key = fmt.Sprintf("year=2026/month=03/part-%05d-%s.parquet", g.rand.IntN(2000), g.hex(4))
	c.readOnly = c.name != "PutObject"
	c.request = fmt.Sprintf(`{"bucketName":"%s","Host":"%s.s3.%s.amazonaws.com","key":"%s"}`, c.bucket, c.bucket, g.cfg.Region, c.key)
	if !c.readOnly {
		c.response = `{"x-amz-server-side-encryption":"AES256"}`
	}
	return c
}

// write is a harmless change.
func (g *Generator) write() call {
	c := call{service: "ec2", response: "null"}
	switch g.rand.IntN(4) {
	case 0:
		c.name = "CreateTags"
		c.request = fmt.Sprintf(`{"resourcesSet":{"items":[{"resourceId":"i-0%s"}]},"tagSet":{"items":[{"key":"Owner","value":"team-%d"},{"key":"Stage","value":"prod"}]}}`,
			g.hex(8), g.rand.IntN(40))
		c.response = `{"_return":true}`
	case 1:
		c.service, c.name = "logs", "CreateLogStream"
		c.request = fmt.Sprintf(`{"logGroupName":"/ecs/api-%d","logStreamName":"ecs/api/%s"}`, g.rand.IntN(20), g.hex(16))
	case 2:
		c.service, c.name, c.bucket = "s3", "PutBucketTagging", g.bucket()
		c.request = fmt.Sprintf(`{"bucketName":"%s","tagging":"","Host":"%s.s3.%s.amazonaws.com",`+
			`"Tagging":{"TagSet":{"Tag":{"Key":"owner","Value":"team-%d"}},"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"}}`, c.bucket, c.bucket, g.cfg.Region, g.rand.IntN(40))
	default:
		c.service, c.name = "ecs", "RegisterTaskDefinition"
		c.request = fmt.Sprintf(`{"family":"api-%d","networkMode":"awsvpc","cpu":"256","memory":"512","containerDefinitions":`+
			`[{"name":"api","image":"%s.dkr.ecr.%s.amazonaws.com/api:%s","essential":true,"portMappings":[{"containerPort":8080,"protocol":"tcp"}]}]}`,
			g.rand.IntN(20), g.cfg.Account, g.cfg.Region, g.hex(6))
		c.response = fmt.Sprintf(`{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:%s:%s:task-definition/api:%d","status":"ACTIVE"}}`, g.cfg.Region, g.cfg.Account, g.rand.IntN(900))
	}
	return c
}

func bucketName(g *Generator, i int) string {
	return fmt.Sprintf("%s-%s-%s-%03d", pick(g, "acme", "globex"),
		pick(g, "assets", "logs", "reports", "payroll", "backups", "exports", "images", "customer-data"), pick(g, "prod", "stage", "dev"), i)
}
