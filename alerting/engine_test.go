package alerting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
	"github.com/trailwarden/trailwarden/enrich/bucketname"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// apply brings records of one story to an engine, one a minute, each with the same facts.
func apply(t *testing.T, e *alerting.Engine, facts enrich.Facts, records ...string) {
	t.Helper()
	index := rules().Index
	for n, r := range records {
		name, params, _ := strings.Cut(r, " ")
		raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"s-%d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T09:%02d:00Z",
			"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333","requestParameters":%s,
			"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"}}`, n, name, n, params)
		f := &enrich.Finding{EventID: fmt.Sprint("s-", n), Record: []byte(raw), Facts: facts}
		f.Rules = index.Select(header(t, raw), []byte(raw), nil)
		if strings.HasSuffix(name, "Object") && !slices.Contains(f.Rules, detect.OnExposure) {
			f.Rules = append(f.Rules, detect.OnExposure) // as the enrichment does for objects that have an ACL
		}
		if _, err := e.Apply(f); err != nil {
			t.Fatal(err)
		}
	}
}

const off = `"PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":false,"BlockPublicPolicy":false,"RestrictPublicBuckets":false}`

func TestTheCharityWebsiteIsOneLowIncidentThatClosesItself(t *testing.T) {
	e := alerting.NewEngine(rules())
	usual := enrich.Facts{History: history.Snapshot{Known: true, Events: 900, Calls: 9, ServiceCalls: 300}}
	usual.Address.Network = network.Network{Kind: network.Corporate, Name: "office"}
	usual.Account.Weight = 1
	apply(t, e, usual,
		`CreateBucket {"bucketName":"charity-run"}`,
		`PutBucketWebsite {"bucketName":"charity-run","website":""}`,
		`PutBucketOwnershipControls {"bucketName":"charity-run","OwnershipControls":{"Rule":{"ObjectOwnership":"ObjectWriter"}}}`,
		`PutBucketPublicAccessBlock {"bucketName":"charity-run",`+off+`}`,
		`PutBucketAcl {"bucketName":"charity-run","acl":"","x-amz-acl":"public-read"}`,
		`DeleteBucket {"bucketName":"charity-run"}`,
	)
	all := e.Incidents()
	if len(all) != 1 {
		t.Fatalf("%d incidents, want 1", len(all))
	}
	a := all[0].Alert
	if a.Severity != alert.Low || a.Status != alert.Resolved || a.RuleID != "s3-public-acl" {
		t.Errorf("%s %s %s, want one low, resolved public ACL", a.Severity, a.Status, a.RuleID)
	}
}

func TestTheStateBucketFromAVPNIsCritical(t *testing.T) {
	e := alerting.NewEngine(rules())
	stranger := enrich.Facts{History: history.Snapshot{Known: true, Events: 60, First: []string{"call", "service", "bucket"}}}
	stranger.Address.Network = network.Network{Kind: network.VPN, Name: "rented"}
	stranger.Bucket = bucketname.Name{Sensitivity: 95, Reasons: []string{"state of infrastructure"}}
	stranger.Account.Weight = 1
	apply(t, e, stranger, `PutBucketAcl {"bucketName":"kops-state","acl":"","x-amz-acl":"public-read"}`)
	all := e.Incidents()
	if len(all) != 1 || all[0].Alert.Severity != alert.Critical || all[0].Alert.Status != alert.Open {
		t.Errorf("incidents: %+v", all)
	}
}

func TestTakingTheAccountsBlockAwayNamesTheBucketsItWakes(t *testing.T) {
	e := alerting.NewEngine(rules())
	apply(t, e, enrich.Facts{},
		`PutAccountPublicAccessBlock {"PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`,
		`CreateBucket {"bucketName":"sleeper","x-amz-object-ownership":"ObjectWriter"}`,
		`PutBucketPublicAccessBlock {"bucketName":"sleeper",`+off+`}`,
		`PutBucketAcl {"bucketName":"sleeper","acl":"","x-amz-acl":"public-read-write"}`,
		`DeleteAccountPublicAccessBlock {}`,
	)
	all := e.Incidents()
	if len(all) != 2 || all[1].Alert.Bucket != "sleeper" {
		t.Fatalf("%d incidents, want one of the account and one of the bucket", len(all))
	}
	a := &all[0].Alert
	if a.Exposure.After != "public" || a.Severity != alert.Critical || a.Bucket != "" {
		t.Errorf("after %s, severity %s, bucket %q", a.Exposure.After, a.Severity, a.Bucket)
	}
	blocked := `PutAccountPublicAccessBlock {"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`
	apply(t, e, enrich.Facts{}, `GetBucketAcl {"bucketName":"a"}`, `GetBucketAcl {"bucketName":"b"}`, `GetBucketAcl {"bucketName":"c"}`, `GetBucketAcl {"bucketName":"d"}`,
		`GetBucketAcl {"bucketName":"e"}`, blocked)
	if a.Status != alert.Resolved || a.Exposure.After == "public" {
		t.Errorf("status %s, after %s, once the block is back", a.Status, a.Exposure.After)
	}
}

func TestABucketIsClosedWhileItsAccountStaysWithoutABlock(t *testing.T) {
	e := alerting.NewEngine(rules())
	apply(t, e, enrich.Facts{},
		`DeleteAccountPublicAccessBlock {}`,
		`PutBucketAcl {"bucketName":"charity","acl":"","x-amz-acl":"public-read"}`,
		`PutBucketAcl {"bucketName":"charity","acl":"","x-amz-acl":"private"}`,
	)
	all := e.Incidents()
	if len(all) != 2 {
		t.Fatalf("%d incidents, want one of the account and one of the bucket", len(all))
	}
	account, bucket := &all[0].Alert, &all[1].Alert
	if account.Bucket != "" || account.Status != alert.Open {
		t.Errorf("the account's, of bucket %q, is %s", account.Bucket, account.Status)
	}
	if bucket.Bucket != "charity" || bucket.Status != alert.Resolved {
		t.Errorf("the bucket's, of bucket %q, is %s", bucket.Bucket, bucket.Status)
	}
}

func TestTakingABucketsBlockAwayNamesTheObjectItWakes(t *testing.T) {
	e := alerting.NewEngine(rules())
	apply(t, e, enrich.Facts{},
		`CreateBucket {"bucketName":"photos","x-amz-object-ownership":"ObjectWriter"}`,
		`PutBucketPublicAccessBlock {"bucketName":"photos","PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`,
		`PutObjectAcl {"bucketName":"photos","key":"2024/a.jpg","acl":"","x-amz-acl":"public-read"}`,
		`DeleteBucketPublicAccessBlock {"bucketName":"photos"}`,
	)
	all := e.Incidents()
	if len(all) != 1 {
		t.Fatalf("%d incidents, want 1", len(all))
	}
	a := &all[0].Alert
	if a.Exposure.After != "public" || a.Severity < alert.High || !strings.Contains(a.Summary, "can read object 2024/a.jpg in photos (AllUsers READ)") {
		t.Errorf("after %s, severity %s: %s", a.Exposure.After, a.Severity, a.Summary)
	}
	if names := strings.Join(wording.Members(a), "\n"); !strings.Contains(names, "photos/2024/a.jpg: private → public (anyone on the internet)") {
		t.Errorf("its resources: %s", names)
	}
}

func header(t interface {
	Helper()
	Fatal(...any)
}, raw string,
) *cloudtrail.Header {
	t.Helper()
	var h cloudtrail.Header
	if _, err := h.Scan([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	return &h
}

// TestAForeignAccessPointSaysNothingOfItsBucket: whoever makes an access point for another account's bucket does not
// thereby become the one whose bucket it is.
func TestAForeignAccessPointSaysNothingOfItsBucket(t *testing.T) {
	const owner, stranger = "111122223333", "999988887777"
	e, with := alerting.NewEngine(rules()), rules()
	for n, r := range [][3]string{
		{stranger, "CreateAccessPoint", `{"name":"p","bucket":"payroll","bucketAccountId":"111122223333"}`},
		{owner, "PutBucketPolicy", `{"bucketName":"payroll","policy":"","bucketPolicy":` + strings.ReplaceAll(document(false), owner, stranger) + `}`},
	} {
		raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"a-%d","eventName":%q,"eventSource":"s3.amazonaws.com","eventTime":"2026-03-01T09:%02d:00Z",
			"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","recipientAccountId":%q,"requestParameters":%s,
			"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::%s:user/u","accountId":%q,"userName":"u"}}`, n, r[1], n, r[0], r[2], r[0], r[0])
		f := &enrich.Finding{EventID: fmt.Sprint("a-", n), Record: []byte(raw)}
		f.Rules = with.Index.Select(header(t, raw), f.Record, nil)
		if _, err := e.Apply(f); err != nil {
			t.Fatal(err)
		}
	}
	all := e.Incidents()
	if len(all) != 1 || all[0].Alert.RuleID != "s3-shared-outside" || all[0].Alert.AccountID != owner {
		t.Fatalf("%d incidents, want the grant to the other account", len(all))
	}
}
