package cloudtrail_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// TestActor has one identity of every type CloudTrail records, in the shapes they come in.
func TestActor(t *testing.T) {
	for name, test := range map[string]struct {
		identity string
		want     cloudtrail.Actor
		key      string
	}{
		"user": {
			`{"type":"IAMUser","principalId":"AIDAX","arn":"arn:aws:iam::111122223333:user/team/alice","accountId":"111122223333","userName":"alice"}`,
			cloudtrail.Actor{ARN: "arn:aws:iam::111122223333:user/team/alice", Type: "IAMUser", Name: "alice", AccountID: "111122223333"},
			"arn:aws:iam::111122223333:user/team/alice",
		},
		"user without name": {
			`{"type":"IAMUser","arn":"arn:aws-cn:iam::111122223333:user/team/alice","accountId":"111122223333"}`,
			cloudtrail.Actor{ARN: "arn:aws-cn:iam::111122223333:user/team/alice", Type: "IAMUser", Name: "alice", AccountID: "111122223333"},
			"arn:aws-cn:iam::111122223333:user/team/alice",
		},
		"user who mistyped a name": {
			`{"type":"IAMUser","accountId":"111122223333","accessKeyId":"","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
			cloudtrail.Actor{Type: "IAMUser", Name: "HIDDEN_DUE_TO_SECURITY_REASONS", AccountID: "111122223333"},
			"IAMUser:111122223333:HIDDEN_DUE_TO_SECURITY_REASONS",
		},
		"instance": {
			`{"type":"AssumedRole","principalId":"AROAX:i-0123","arn":"arn:aws:sts::111122223333:assumed-role/web/i-0123","accountId":"111122223333",
			"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAX","arn":"arn:aws:iam::111122223333:role/app/web","accountId":"111122223333","userName":"web"}}}`,
			cloudtrail.Actor{
				ARN: "arn:aws:iam::111122223333:role/app/web", Type: "AssumedRole", Name: "web", Session: "i-0123",
				Issuer: "arn:aws:iam::111122223333:role/app/web", AccountID: "111122223333",
			},
			"arn:aws:iam::111122223333:role/app/web",
		},
		"session without issuer": {
			`{"type":"AssumedRole","principalId":"AROAX:i-0123","arn":"arn:aws-us-gov:sts::111122223333:assumed-role/web/i-0123","accountId":"111122223333"}`,
			cloudtrail.Actor{
				ARN: "arn:aws-us-gov:iam::111122223333:role/web", Type: "AssumedRole", Name: "web", Session: "i-0123",
				Issuer: "arn:aws-us-gov:iam::111122223333:role/web", AccountID: "111122223333",
			},
			"arn:aws-us-gov:iam::111122223333:role/web",
		},
		"session with principal alone": {
			`{"type":"AssumedRole","principalId":"AROAX:job-7","accountId":"111122223333"}`,
			cloudtrail.Actor{Type: "AssumedRole", Name: "AROAX", Session: "job-7", AccountID: "111122223333"},
			"AssumedRole:111122223333:AROAX",
		},
		"session without type": {
			`{"arn":"arn:aws:sts::111122223333:assumed-role/web/i-0123","accountId":"111122223333"}`,
			cloudtrail.Actor{
				ARN: "arn:aws:iam::111122223333:role/web", Type: "AssumedRole", Name: "web", Session: "i-0123",
				Issuer: "arn:aws:iam::111122223333:role/web", AccountID: "111122223333",
			},
			"arn:aws:iam::111122223333:role/web",
		},
		"single sign-on": {
			`{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0a1b/jane","accountId":"111122223333","sessionContext":{"sessionIssuer":
			{"arn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0a1b","userName":"AWSReservedSSO_Admin_0a1b"}}}`,
			cloudtrail.Actor{
				ARN: "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0a1b", Type: "AssumedRole",
				Name: "AWSReservedSSO_Admin_0a1b", Session: "jane", AccountID: "111122223333", Human: true,
				Issuer: "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0a1b",
			},
			"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0a1b/jane",
		},
		"federated role": {
			`{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Okta/jane.doe@example.com","accountId":"111122223333"}`,
			cloudtrail.Actor{
				ARN: "arn:aws:iam::111122223333:role/Okta", Type: "AssumedRole", Name: "Okta", Session: "jane.doe@example.com",
				Issuer: "arn:aws:iam::111122223333:role/Okta", AccountID: "111122223333", Human: true,
			},
			"arn:aws:iam::111122223333:role/Okta/jane.doe@example.com",
		},
		"brokered by a service": {
			`{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/fleet/s-1","accountId":"111122223333","invokedBy":"appstream.amazonaws.com"}`,
			cloudtrail.Actor{
				ARN: "arn:aws:iam::111122223333:role/fleet", Type: "AssumedRole", Name: "fleet", Session: "s-1",
				Issuer: "arn:aws:iam::111122223333:role/fleet", AccountID: "111122223333",
			},
			"arn:aws:iam::111122223333:role/fleet",
		},
		"role": {
			`{"type":"Role","arn":"arn:aws:iam::111122223333:role/web","accountId":"111122223333"}`,
			cloudtrail.Actor{ARN: "arn:aws:iam::111122223333:role/web", Type: "Role", Name: "web", AccountID: "111122223333"},
			"arn:aws:iam::111122223333:role/web",
		},
		"federated user": {
			`{"type":"FederatedUser","principalId":"1:bob","arn":"arn:aws:sts::111122223333:federated-user/bob","accountId":"111122223333",
			"sessionContext":{"sessionIssuer":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/broker","userName":"broker"}}}`,
			cloudtrail.Actor{
				ARN: "arn:aws:sts::111122223333:federated-user/bob", Type: "FederatedUser", Name: "bob", Session: "bob",
				Issuer: "arn:aws:iam::111122223333:user/broker", AccountID: "111122223333", Human: true,
			},
			"arn:aws:sts::111122223333:federated-user/bob",
		},
		"SAML user": {
			`{"type":"SAMLUser","principalId":"q:jane","userName":"jane","identityProvider":"q"}`,
			cloudtrail.Actor{Type: "SAMLUser", Name: "jane", Session: "jane", Human: true},
			"SAMLUser::jane",
		},
		"workload with a web identity": {
			`{"type":"WebIdentityUser","principalId":"p","userName":"system:serviceaccount:ns:job","identityProvider":"oidc"}`,
			cloudtrail.Actor{Type: "WebIdentityUser", Name: "system:serviceaccount:ns:job", Session: "system:serviceaccount:ns:job"},
			"WebIdentityUser::system:serviceaccount:ns:job",
		},
		"root": {
			`{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","userName":"alias"}`,
			cloudtrail.Actor{ARN: "arn:aws:iam::111122223333:root", Type: "Root", Name: "root", AccountID: "111122223333"},
			"arn:aws:iam::111122223333:root",
		},
		"service": {
			`{"type":"AWSService","invokedBy":"config.amazonaws.com"}`,
			cloudtrail.Actor{ARN: "config.amazonaws.com", Type: "AWSService", Name: "config.amazonaws.com", Service: true},
			"config.amazonaws.com",
		},
		"service without type": {
			`{"accountId":"111122223333","invokedBy":"AWS Internal"}`,
			cloudtrail.Actor{ARN: "AWS Internal", Type: "unknown", Name: "AWS Internal", AccountID: "111122223333", Service: true},
			"AWS Internal",
		},
		"service of no name": {
			`{"type":"AWSService"}`,
			cloudtrail.Actor{Type: "AWSService", Name: "unknown", Service: true},
			"AWSService::unknown",
		},
		"anonymous": {
			`{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}`,
			cloudtrail.Actor{ARN: "", Type: "AWSAccount", Name: "anonymous", AccountID: "ANONYMOUS_PRINCIPAL"},
			"AWSAccount:ANONYMOUS_PRINCIPAL:anonymous",
		},
		"anonymous of old": {
			`{"type":"AWSAccount","principalId":"Anonymous","accountId":"anonymous"}`,
			cloudtrail.Actor{Type: "AWSAccount", Name: "anonymous", AccountID: "anonymous"},
			"AWSAccount:anonymous:anonymous",
		},
		"another account": {
			`{"type":"AWSAccount","principalId":"AROAX:i-0123","accountId":"444455556666"}`,
			cloudtrail.Actor{Type: "AWSAccount", Name: "AROAX", Session: "i-0123", AccountID: "444455556666"},
			"AWSAccount:444455556666:AROAX",
		},
		"identity center": {
			`{"type":"IdentityCenterUser","arn":"","accountId":"111122223333","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:aws:identitystore::1:identitystore/d-1"}}`,
			cloudtrail.Actor{Type: "IdentityCenterUser", Name: "u-1", Session: "u-1", AccountID: "111122223333", Human: true},
			"IdentityCenterUser:111122223333:u-1",
		},
		"directory": {
			`{"type":"Directory","userName":"carol","accountId":"111122223333"}`,
			cloudtrail.Actor{Type: "Directory", Name: "carol", AccountID: "111122223333"},
			"Directory:111122223333:carol",
		},
		"unknown":  {`{"type":"Unknown","userName":"x","accountId":"1"}`, cloudtrail.Actor{Type: "Unknown", Name: "x", AccountID: "1"}, "Unknown:1:x"},
		"no type":  {`{"accountId":"111122223333"}`, cloudtrail.Actor{Type: "unknown", Name: "unknown", AccountID: "111122223333"}, "unknown:111122223333:unknown"},
		"nothing":  {`{}`, cloudtrail.Actor{Type: "unknown", Name: "unknown"}, "unknown::unknown"},
		"null":     {`null`, cloudtrail.Actor{Type: "unknown", Name: "unknown"}, "unknown::unknown"},
		"not even": {`"text"`, cloudtrail.Actor{Type: "unknown", Name: "unknown"}, "unknown::unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			raw := []byte(`{"eventID":"1","userIdentity":` + test.identity + `}`)
			var h cloudtrail.Header
			if _, err := h.Scan(raw); err != nil {
				t.Fatal(err)
			}
			r, err := cloudtrail.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Actor(); got != test.want || got.Key() != test.key {
				t.Errorf("actor %+v\nwant  %+v\nkey %s", got, test.want, got.Key())
			}
			agree(t, &h, r)
		})
	}
}

// TestActorKeyAcrossCalls checks that a person keeps the key whatever is called, with a console sign-in too.
func TestActorKeyAcrossCalls(t *testing.T) {
	const identity = `"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/ops/jane"}`
	call, err := cloudtrail.Decode([]byte(`{"eventID":"1","eventName":"GetObject",` + identity + `}`))
	if err != nil {
		t.Fatal(err)
	}
	signIn, err := cloudtrail.Decode([]byte(`{"eventID":"1","eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com",` + identity + `}`))
	if err != nil {
		t.Fatal(err)
	}
	if call.Actor().Key() != signIn.Actor().Key() || call.Actor().Human || !signIn.Actor().Human {
		t.Errorf("%+v, %+v", call.Actor(), signIn.Actor())
	}
}
