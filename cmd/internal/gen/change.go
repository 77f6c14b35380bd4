package gen

import (
	"fmt"
	"strings"
)

// change is one that somebody looks after security for would be told of, or its refusal: security groups, policies,
// keys, instances.
func (g *Generator) change() call {
	c := call{service: "ec2", response: `{"_return":true}`}
	user := fmt.Sprintf("user-%d", g.rand.IntN(g.cfg.Actors))
	switch g.rand.IntN(8) {
	case 0:
		c.name = "AuthorizeSecurityGroupIngress"
		c.request = fmt.Sprintf(`{"groupId":"sg-0%s","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":%d,"toPort":%[2]d,"groups":{},"ipRanges":{"items":[{"cidrIp":"%s"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}`,
			g.hex(8), pick(g, 22, 443, 3389, 5432), pick(g, "0.0.0.0/0", "198.51.100.0/24", "10.0.0.0/8"))
	case 1:
		c.service, c.name, c.response = "iam", "AttachUserPolicy", "null"
		c.request = fmt.Sprintf(`{"userName":"%s","policyArn":"arn:aws:iam::aws:policy/%s"}`, user, pick(g, "AdministratorAccess", "ReadOnlyAccess", "AmazonS3FullAccess"))
	case 2:
		c.service, c.name = "iam", "CreateAccessKey"
		c.request = fmt.Sprintf(`{"userName":"%s"}`, user)
		c.response = fmt.Sprintf(`{"accessKey":{"userName":"%s","accessKeyId":"AKIA%s","status":"Active","createDate":"Mar 2, 2026, 8:00:00 AM"}}`, user, strings.ToUpper(g.hex(8)))
	case 3:
		c.service, c.name, c.response = "iam", "PutRolePolicy", "null"
		c.request = fmt.Sprintf(`{"roleName":"prod-batch-%d","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:%s\",\"Resource\":\"*\"}]}"}`,
			g.rand.IntN(200), pick(g, "GetObject", "*"))
	case 4:
		c.service, c.name, c.failure, c.response = "iam", pick(g, "ListUsers", "CreateUser", "ListRoles"), "AccessDenied", "null"
		c.readOnly = c.name != "CreateUser"
		c.request = "null"
	case 5:
		c.name, c.failure, c.response = "RunInstances", "Client.UnauthorizedOperation", "null"
		c.request = `{"instancesSet":{"items":[{"imageId":"ami-0123456789abcdef0","minCount":1,"maxCount":1}]},"instanceType":"m5.large"}`
	case 6:
		c.name = pick(g, "StopInstances", "TerminateInstances")
		c.request = fmt.Sprintf(`{"instancesSet":{"items":[{"instanceId":"i-0%s"}]},"force":false}`, g.hex(8))
	default:
		c.service, c.name, c.response = "kms", "PutKeyPolicy", "null"
		c.request = fmt.Sprintf(`{"keyId":"arn:aws:kms:%s:%s:key/%s","policyName":"default","policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::%s:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}`,
			g.cfg.Region, g.cfg.Account, g.uuid(), pick(g, g.cfg.Account, g.cfg.Account, "999988887777"))
	}
	return c
}
