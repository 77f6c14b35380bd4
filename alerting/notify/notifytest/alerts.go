package notifytest

import (
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// KopsState is a critical alert: the state of a Kubernetes cluster opened to the internet through a VPN by
// somebody never seen doing such a thing.
func KopsState() *alert.Alert {
	at := time.Date(2026, 3, 14, 2, 7, 31, 0, time.UTC)
	return &alert.Alert{
		ID: "5f2c9a1be07d4433a8c1d2e6", Revision: 1, RuleID: "s3-public-acl", Rules: []string{"s3-public-acl"},
		Title:   "S3 bucket public",
		Summary: "Anyone on the internet can list prod-kops-state since 02:07:31 UTC: dev-anna granted AllUsers READ with PutBucketAcl.",
		Why:     "The state of a cluster holds its keys.", Do: "Close the bucket, then rotate the cluster's keys.",
		Status: alert.Open, Severity: alert.Critical, Score: 93,
		Factors: []alert.Factor{
			{Name: "grant", Points: 40, Detail: "AllUsers may READ"},
			{Name: "sensitivity", Points: 25, Detail: "the name speaks of cluster state (kops)"},
			{Name: "network", Points: 15, Detail: "203.0.113.77 belongs to a VPN provider"},
			{Name: "unusual", Points: 13, Detail: "dev-anna never called PutBucketAcl before"},
		},
		Counterfactual: "without the network factor: HIGH 78",
		AccountID:      "111122223333", AccountName: "prod", Region: "eu-central-1",
		Bucket: "prod-kops-state", Resource: "arn:aws:s3:::prod-kops-state",
		Sensitivity: &alert.Sensitivity{Points: 95, Reasons: []string{"kops: state and keys of infrastructure", "prod: production"}},
		Actor: alert.Actor{
			ARN: "arn:aws:iam::111122223333:user/dev-anna", Type: "IAMUser", Name: "dev-anna",
		},
		Source: alert.Source{
			IP: "203.0.113.77", Country: "RO", City: "Bucharest", ASN: 64501, Org: "Example VPN SRL",
			Network: "vpn", NetworkName: "vpn-list", UserAgent: "aws-cli/2.15.0 Python/3.11.6 Linux/6.1",
		},
		Exposure: &alert.Exposure{
			Before: "private", After: "public", Reach: "internet", Scope: "bucket", Grant: "AllUsers READ",
			Confidence: "confirmed", Reasons: []string{"the ACL grants AllUsers READ", "Public Access Block is off"},
		},
		EventIDs: []string{"0d4c9c1e-5f0e-4f39-9d9a-6a1f9a3f8b11"}, EventName: "PutBucketAcl",
		EventTime: at, FirstSeen: at, LastSeen: at,
		Timeline: []alert.Moment{
			{Time: at.Add(-4 * time.Minute), Name: "GetCallerIdentity", IP: "203.0.113.77", First: []string{"country"}},
			{Time: at.Add(-2 * time.Minute), Name: "DeleteBucketPublicAccessBlock", Bucket: "prod-kops-state", IP: "203.0.113.77", First: []string{"call"}},
			{Time: at, Name: "PutBucketAcl", Bucket: "prod-kops-state", IP: "203.0.113.77", First: []string{"call"}},
		},
		Techniques: []string{"T1530"}, Controls: []string{"CIS 2.1.4", "NIST AC-3"},
		Remediation: []string{"aws s3api put-bucket-acl --bucket prod-kops-state --acl private"},
	}
}

// CharityWebsite is a low alert that closed itself: a web site's bucket, opened and closed from the office.
func CharityWebsite() *alert.Alert {
	at := time.Date(2026, 3, 14, 9, 30, 0, 0, time.UTC)
	closed := at.Add(11*time.Minute + 4*time.Second)
	by, reason := "bob", "PutBucketPublicAccessBlock"
	return &alert.Alert{
		ID: "77aa01c4d9be5523f0e4b6c8", Revision: 2, RuleID: "s3-public-policy", Rules: []string{"s3-public-policy"},
		Title:   "S3 bucket public",
		Summary: "Anyone on the internet could read www.charity-run.example since 09:30:00 UTC: alice allowed s3:GetObject to everyone with PutBucketPolicy.",
		Status:  alert.Resolved, Severity: alert.Low, Score: 22,
		Factors: []alert.Factor{
			{Name: "grant", Points: 40, Detail: "everyone may GetObject"},
			{Name: "sensitivity", Points: -10, Detail: "a domain name with website hosting is meant to be public"},
			{Name: "network", Points: -8, Detail: "198.51.100.20 is the office"},
		},
		AccountID: "444455556666", AccountName: "web", Region: "eu-west-1",
		Bucket: "www.charity-run.example", Resource: "arn:aws:s3:::www.charity-run.example",
		Sensitivity: &alert.Sensitivity{Points: 5, Reasons: []string{"a domain name with website hosting on"}},
		Actor: alert.Actor{
			ARN: "arn:aws:sts::444455556666:assumed-role/WebTeam/alice@charity-run.example", Type: "AssumedRole", Name: "WebTeam",
			Session: "alice@charity-run.example", Issuer: "arn:aws:iam::444455556666:role/WebTeam",
		},
		Source: alert.Source{
			IP: "198.51.100.20", Country: "DE", City: "Hamburg", ASN: 64502, Org: "Example ISP",
			Network: "corporate", NetworkName: "office", UserAgent: "[S3Console/0.4]",
		},
		Exposure: &alert.Exposure{
			Before: "private", After: "private", Widest: "public", WidestSince: at, Reach: "none", Scope: "bucket", Grant: "everyone s3:GetObject",
			Confidence: "confirmed", Reasons: []string{"the policy allows everyone s3:GetObject"},
		},
		EventIDs: []string{"9b1f3a70-1f5c-4f06-8a2e-3a4d4a3d9c01"}, ResolvingEventIDs: []string{"9b1f3a70-1f5c-4f06-8a2e-3a4d4a3d9c02"},
		EventName: "PutBucketPolicy", EventTime: at, FirstSeen: at, LastSeen: closed,
		ResolvedAt: &closed, ResolvedBy: &by, ResolvedReason: &reason,
		Timeline:    []alert.Moment{{Time: at, Name: "PutBucketPolicy", Bucket: "www.charity-run.example", IP: "198.51.100.20"}},
		Updates:     []alert.Update{{Time: closed, EventID: "9b1f3a70-1f5c-4f06-8a2e-3a4d4a3d9c02", Kind: "resolved", Text: "closed by bob with PutBucketPublicAccessBlock"}},
		Techniques:  []string{"T1530"},
		Controls:    []string{"CIS 2.1.4"},
		Remediation: []string{"aws s3api delete-bucket-policy --bucket www.charity-run.example"},
	}
}

// Hostile gives a copy of the alert with text in every field a stranger can write.
func Hostile(a *alert.Alert, text string) *alert.Alert {
	b := *a
	for _, field := range []*string{
		&b.Title, &b.Summary, &b.Why, &b.Do, &b.Counterfactual, &b.AccountID, &b.AccountName, &b.Region, &b.Bucket, &b.Resource,
		&b.Actor.ARN, &b.Actor.Type, &b.Actor.Name, &b.Actor.Session, &b.Actor.Issuer, &b.Source.IP, &b.Source.Country, &b.Source.City,
		&b.Source.Org, &b.Source.Network, &b.Source.NetworkName, &b.Source.UserAgent, &b.EventName, &b.ErrorCode, &b.AcknowledgedBy,
	} {
		*field = text
	}
	b.ResolvedBy, b.ResolvedReason = &text, &text
	b.EventIDs, b.Remediation, b.Techniques, b.Controls = []string{text}, []string{text, text}, []string{text}, []string{text}
	b.Sensitivity = &alert.Sensitivity{Points: 50, Reasons: []string{text}}
	b.Exposure = &alert.Exposure{Before: text, After: text, Widest: text + text, Attempted: text, Reach: text, Scope: text, Grant: text, Blocks: []string{text}, Reasons: []string{text}}
	b.Factors = []alert.Factor{{Name: text, Points: 1, Detail: text}, {Name: text, Points: 2, Detail: text}}
	b.Buckets = []alert.BucketState{{Bucket: text, Before: text, After: text, Reach: text}, {Bucket: text}}
	b.Timeline = []alert.Moment{{Name: text, Bucket: text, Error: text, IP: text, First: []string{text}}}
	b.Updates = []alert.Update{{Kind: text, Text: text, EventID: text}}
	return &b
}
