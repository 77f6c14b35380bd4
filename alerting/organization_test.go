package alerting_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting"
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/enrich"
)

// applyAll brings records of S3 and of an organization's management account to an engine, one a minute.
func applyAll(t *testing.T, e *alerting.Engine, records ...string) {
	t.Helper()
	index := rules().Index
	for n, r := range records {
		name, rest, _ := strings.Cut(r, " ")
		source, account, params, response := "s3.amazonaws.com", "111122223333", rest, "null"
		if event, ok := strings.CutPrefix(name, "organizations/"); ok {
			source, account, name = "organizations.amazonaws.com", "900000000001", event
			if a, b, ok := strings.Cut(rest, " => "); ok {
				params, response = a, b
			}
		}
		raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":"o-%d","eventName":%q,"eventSource":%q,"eventTime":"2026-03-01T09:%02d:00Z",
			"awsRegion":"us-east-1","recipientAccountId":%q,"requestParameters":%s,"responseElements":%s,
			"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::%s:user/alice","accountId":%q,"userName":"alice"}}`, n, name, source, n, account, params, response, account, account)
		f := &enrich.Finding{EventID: fmt.Sprint("o-", n), Record: []byte(raw), Rules: index.Select(header(t, raw), []byte(raw), nil)}
		f.Facts.Account.ID, f.Facts.Account.Name = account, "of "+account
		if _, err := e.Apply(f); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnOrganizationsPolicyBlocksItsAccounts attaches, changes and detaches S3 policies at every level.
func TestAnOrganizationsPolicyBlocksItsAccounts(t *testing.T) {
	t.Parallel()
	const (
		create = `organizations/CreatePolicy {"name":"s3","type":"S3_POLICY","content":"{\"s3_attributes\":{\"public_access_block_configuration\":{\"@@assign\":\"all\"}}}"} => {"policy":{"policySummary":{"id":"p-1","type":"S3_POLICY"}}}`
		none   = `organizations/UpdatePolicy {"policyId":"p-1","content":"{\"s3_attributes\":{\"public_access_block_configuration\":{\"@@assign\":\"none\"}}}"} => {"policy":{"policySummary":{"id":"p-1","type":"S3_POLICY"}}}`
		other  = `organizations/CreatePolicy {"name":"scp","type":"SERVICE_CONTROL_POLICY","content":"{\"s3_attributes\":{\"public_access_block_configuration\":{\"@@assign\":\"all\"}}}"} => {"policy":{"policySummary":{"id":"p-1","type":"SERVICE_CONTROL_POLICY"}}}`
		move   = `organizations/MoveAccount {"accountId":"111122223333","sourceParentId":"r-1","destinationParentId":"ou-1"}`
		unit   = `organizations/CreateOrganizationalUnit {"parentId":"r-1","name":"apps"} => {"organizationalUnit":{"id":"ou-1"}}`
		leave  = `organizations/RemoveAccountFromOrganization {"accountId":"111122223333"}`
		off    = `organizations/DisablePolicyType {"rootId":"r-1","policyType":"S3_POLICY"}`
	)
	attach := func(target string) string {
		return `organizations/AttachPolicy {"policyId":"p-1","targetId":"` + target + `"}`
	}
	detach := func(target string) string {
		return `organizations/DetachPolicy {"policyId":"p-1","targetId":"` + target + `"}`
	}
	const account = "111122223333"
	opened := func(more ...string) []string { return append([]string{made, unlocked, policyOn(anyone)}, more...) }
	tests := map[string]struct {
		records []string
		public  bool
	}{
		"attached":                         {opened(create, attach(account)), false},
		"attached before it was created":   {opened(attach(account), create), false},
		"attached and detached":            {opened(create, attach(account), detach(account)), true},
		"attached and emptied":             {opened(create, attach(account), none), true},
		"attached and removed":             {opened(create, attach(account), `organizations/DeletePolicy {"policyId":"p-1"}`), true},
		"attached and the type disabled":   {opened(create, attach(account), off), true},
		"attached to the root":             {opened(create, attach("r-1")), false},
		"attached to the account's unit":   {opened(move, create, attach("ou-1")), false},
		"attached to another unit":         {opened(move, create, attach("ou-2")), true},
		"attached to the root of its unit": {opened(unit, move, create, attach("r-1")), false},
		"attached and moved away":          {opened(create, move, attach("ou-1"), strings.Replace(move, `"destinationParentId":"ou-1"`, `"destinationParentId":"ou-2"`, 1)), true},
		"attached and left":                {opened(create, attach("r-1"), leave), true},
		"attached to another account":      {opened(create, attach("222233334444")), true},
		"of another type":                  {opened(other, attach(account)), true},
		"before the bucket was seen":       {[]string{create, attach("r-1"), made, unlocked, locked, unlocked}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := alerting.NewEngine(rules())
			applyAll(t, e, test.records...)
			public := false
			for _, i := range e.Incidents() {
				a := &i.Alert
				if i.Kind != incident.Exposure || a.Status == alert.Resolved {
					continue
				}
				public = public || a.Exposure.After == "public"
				if a.AccountID != account || a.AccountName == "of 900000000001" {
					t.Errorf("%s is of account %s, %s", a.RuleID, a.AccountID, a.AccountName)
				}
			}
			if public != test.public {
				t.Errorf("an alert says public: %t, want %t", public, test.public)
			}
		})
	}
}
