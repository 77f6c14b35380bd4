package gen

import (
	"fmt"
	"strings"
	"time"
)

// serviceShare is how many of the actors are AWS services.
const serviceShare = 0.1

// actor is one identity with its habits.
type actor struct {
	identity  string // userIdentity up to its session context; complete for users and services
	role      string // ARN of the role behind a session; empty for users and services
	roleID    string
	service   string // host, of a service
	arn       string
	addresses []string
	agent     string
}

func newActor(g *Generator, i int) actor {
	a := actor{agent: agent(g)}
	for range 1 + g.rand.IntN(3) {
		a.addresses = append(a.addresses, fmt.Sprintf("%s.%d.%d", pick(g, "198.51", "203.0", "192.0"), g.rand.IntN(256), 1+g.rand.IntN(254)))
	}
	switch roll := float64(i%20) / 20; {
	case roll >= 1-serviceShare:
		a.service = pick(g, "config", "cloudtrail", "autoscaling", "elasticloadbalancing", "backup", "guardduty") + ".amazonaws.com"
		a.identity = fmt.Sprintf(`{"type":"AWSService","invokedBy":"%s"}`, a.service)
		a.addresses, a.agent = []string{a.service}, a.service
	case roll < 0.2:
		a.user(g, fmt.Sprintf("%s-%d", pick(g, "alice", "bob", "carol", "dave", "backup", "ci"), i))
	case roll < 0.35:
		set := pick(g, "AdministratorAccess", "ReadOnly", "PowerUser")
		name := fmt.Sprintf("AWSReservedSSO_%s_%016x", set, len(set))
		a.session(g, "aws-reserved/sso.amazonaws.com/"+name, name, fmt.Sprintf("person.%d@example.com", i))
	default:
		name := fmt.Sprintf("%s-%s-%d", pick(g, "prod", "stage", "data"), pick(g, "web", "batch", "etl", "api", "deploy"), i/4)
		a.session(g, name, name, "i-0"+g.hex(8))
	}
	return a
}

func (a *actor) user(g *Generator, name string) {
	a.arn = fmt.Sprintf("arn:aws:iam::%s:user/%s", g.cfg.Account, name)
	a.identity = fmt.Sprintf(`{"type":"IAMUser","principalId":"AIDA%s","arn":"%s","accountId":"%s","accessKeyId":"AKIA%s","userName":"%s"}`,
		strings.ToUpper(g.hex(8)), a.arn, g.cfg.Account, strings.ToUpper(g.hex(8)), name)
}

func (a *actor) session(g *Generator, path, name, session string) {
	a.role = fmt.Sprintf("arn:aws:iam::%s:role/%s", g.cfg.Account, path)
	a.roleID = "AROA" + strings.ToUpper(g.hex(8))
	a.arn = fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", g.cfg.Account, name, session)
	a.identity = fmt.Sprintf(`{"type":"AssumedRole","principalId":"%s:%s","arn":"%s","accountId":"%s",`+
		`"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"%s","arn":"%s","accountId":"%s","userName":"%s"},`,
		a.roleID, session, a.arn, g.cfg.Account, a.roleID, a.role, g.cfg.Account, name)
}

// appendIdentity appends the userIdentity; a session began within the hour, with keys of its own.
func (a *actor) appendIdentity(dst []byte, g *Generator, at time.Time) []byte {
	dst = append(dst, a.identity...)
	if a.role == "" {
		return dst
	}
	return fmt.Appendf(dst, `"webIdFederationData":{},"attributes":{"creationDate":"%s","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"},"accessKeyId":"ASIA%s"}`,
		at.Add(-time.Duration(g.rand.IntN(3600))*time.Second).Format(time.RFC3339), strings.ToUpper(g.hex(8)))
}

// address is mostly the actor's first one.
func (a *actor) address(g *Generator) string {
	if g.rand.IntN(10) > 0 {
		return a.addresses[0]
	}
	return pick(g, a.addresses...)
}

func agent(g *Generator) string {
	return pick(
		g,
		"aws-sdk-go-v2/1.30.3 ua/2.1 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/s3#1.58.2 m/E",
		"Boto3/1.34.131 md/Botocore#1.34.131 ua/2.0 os/linux#5.10.219-208.866.amzn2.x86_64 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.131",
		"APN/1.0 HashiCorp/1.0 Terraform/1.8.5 (+https://www.terraform.io) terraform-provider-aws/5.57.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.30.1",
		"aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/linux#6.5.0 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#standard md/prompt#off md/command#s3api",
		"[Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36]",
	)
}
