package exposure_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// TestPrincipal follows "The meaning of public" in the S3 User Guide and "AWS JSON policy elements: Principal"
// in the IAM User Guide: only fixed AWS principals and services are not public by themselves.
func TestPrincipal(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		principal string
		public    exposure.Tri
		reach     exposure.Reach
		severity  alert.Severity
		effective exposure.State
	}{
		"everyone":              {`"*"`, exposure.Yes, exposure.Internet, alert.High, exposure.Public},
		"every AWS":             {`{"AWS":"*"}`, exposure.Yes, exposure.Internet, alert.High, exposure.Public},
		"everyone escaped":      {`"\u002a"`, exposure.Yes, exposure.Internet, alert.High, exposure.Public},
		"everyone in a list":    {`{"AWS":["` + owner + `","*"]}`, exposure.Yes, exposure.Internet, alert.High, exposure.Public},
		"everyone and service":  {`{"Service":"cloudtrail.amazonaws.com","AWS":"*"}`, exposure.Yes, exposure.Internet, alert.High, exposure.Public},
		"own account id":        {`{"AWS":"` + owner + `"}`, exposure.No, exposure.SameAccount, alert.Info, exposure.Private},
		"own role":              {`{"AWS":"arn:aws:iam::` + owner + `:role/app"}`, exposure.No, exposure.SameAccount, alert.Info, exposure.Private},
		"own session":           {`{"AWS":"arn:aws:sts::` + owner + `:assumed-role/app/s"}`, exposure.No, exposure.SameAccount, alert.Info, exposure.Private},
		"foreign id":            {`{"AWS":"` + foreign + `"}`, exposure.No, exposure.CrossAccount, alert.Medium, exposure.Shared},
		"foreign root":          {`{"AWS":"arn:aws:iam::` + foreign + `:root"}`, exposure.No, exposure.CrossAccount, alert.Medium, exposure.Shared},
		"GovCloud root":         {`{"AWS":"arn:aws-us-gov:iam::` + foreign + `:root"}`, exposure.No, exposure.CrossAccount, alert.Medium, exposure.Shared},
		"China root":            {`{"AWS":"arn:aws-cn:iam::` + foreign + `:root"}`, exposure.No, exposure.CrossAccount, alert.Medium, exposure.Shared},
		"own and foreign":       {`{"AWS":["` + owner + `","` + foreign + `"]}`, exposure.No, exposure.CrossAccount, alert.Medium, exposure.Shared},
		"deleted role":          {`{"AWS":"AROAEXAMPLEEXAMPLE123"}`, exposure.No, exposure.CrossAccount, alert.Low, exposure.Shared},
		"wildcard in own ARN":   {`{"AWS":"arn:aws:iam::` + owner + `:user/*"}`, exposure.Yes, exposure.SameAccount, alert.Medium, exposure.Public},
		"wildcard account":      {`{"AWS":"arn:aws:iam::*:root"}`, exposure.Yes, exposure.AnyAWS, alert.High, exposure.Public},
		"question mark account": {`{"AWS":"arn:aws:iam::11112222333?:root"}`, exposure.Yes, exposure.AnyAWS, alert.High, exposure.Public},
		"canonical user":        {`{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`, exposure.No, exposure.CrossAccount, alert.Low, exposure.Shared},
		"canonical wildcard":    {`{"CanonicalUser":"*"}`, exposure.Yes, exposure.AnyAWS, alert.High, exposure.Public},
		"anonymous canonical":   {`{"CanonicalUser":"65a011a29cdf8ec533ec3d1ccaae921c"}`, exposure.Yes, exposure.Internet, alert.High, exposure.Public},
		"CloudFront identity":   {`{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}`, exposure.No, exposure.Service, alert.Info, exposure.Private},
		"service":               {`{"Service":"logging.s3.amazonaws.com"}`, exposure.No, exposure.Service, alert.Low, exposure.Shared},
		"load balancers' logs":  {`{"AWS":"arn:aws:iam::127311923021:root"}`, exposure.No, exposure.Service, alert.Low, exposure.Shared},
		"them and a foreigner":  {`{"AWS":["127311923021","` + foreign + `"]}`, exposure.No, exposure.CrossAccount, alert.Medium, exposure.Shared},
		"any service":           {`{"Service":"*"}`, exposure.Yes, exposure.Service, alert.Medium, exposure.Public},
		"web identity":          {`{"Federated":"graph.facebook.com"}`, exposure.Yes, exposure.AnyAWS, alert.High, exposure.Public},
		"own SAML provider":     {`{"Federated":"arn:aws:iam::` + owner + `:saml-provider/Corp"}`, exposure.Yes, exposure.SameAccount, alert.Low, exposure.Public},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judge(t, policyWith(allow(tt.principal, "")))
			if v.Public != tt.public || v.Reach != tt.reach || v.Severity != tt.severity || v.Effective != tt.effective || v.Error != "" {
				t.Errorf("got public %v, reach %s, severity %s, effective %s, error %q; want %v, %s, %s, %s",
					v.Public, v.Reach, v.Severity, v.Effective, v.Error, tt.public, tt.reach, tt.severity, tt.effective)
			}
		})
	}
}

// TestNotPrincipal: an Allow with NotPrincipal is for everybody else, callers without credentials included.
func TestNotPrincipal(t *testing.T) {
	t.Parallel()
	not := func(principal, condition string) string {
		return policyWith(strings.Replace(allow(principal, condition), `"Principal"`, `"NotPrincipal"`, 1))
	}
	tests := map[string]struct {
		doc      string
		public   exposure.Tri
		reach    exposure.Reach
		severity alert.Severity
	}{
		"all but one":        {not(`{"AWS":"`+owner+`"}`, ""), exposure.Yes, exposure.Internet, alert.High},
		"limited by a key":   {not(`{"AWS":"`+owner+`"}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), exposure.No, exposure.Organization, alert.Low},
		"all but everybody":  {not(`{"AWS":"*"}`, ""), exposure.Yes, exposure.Nobody, alert.Low},
		"limited in IfExits": {not(`{"AWS":"`+owner+`"}`, `{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}`), exposure.Yes, exposure.Internet, alert.High},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if v := judge(t, tt.doc); v.Public != tt.public || v.Reach != tt.reach || v.Severity != tt.severity {
				t.Errorf("got %v, %s, %s; want %v, %s, %s", v.Public, v.Reach, v.Severity, tt.public, tt.reach, tt.severity)
			}
		})
	}
}

// TestOwn: what is known to be one's own is information, what is known to be foreign is medium, and what may be
// either is low.
func TestOwn(t *testing.T) {
	t.Parallel()
	orgKey := `{"StringEquals":{"aws:PrincipalOrgID":"o-mine"}}`
	tests := map[string]struct {
		doc      string
		account  string
		own      exposure.Own
		severity alert.Severity
		state    exposure.State
	}{
		"known account":         {allow(`{"AWS":"`+foreign+`"}`, ""), owner, exposure.Own{Accounts: []string{foreign}}, alert.Info, exposure.Private},
		"other account":         {allow(`{"AWS":"`+foreign+`"}`, ""), owner, exposure.Own{Accounts: []string{"222222222222"}}, alert.Medium, exposure.Shared},
		"owner not known":       {allow(`{"AWS":"`+foreign+`"}`, ""), "", exposure.Own{}, alert.Low, exposure.Shared},
		"own organization":      {allow(`"*"`, orgKey), owner, exposure.Own{OrganizationID: "o-mine"}, alert.Info, exposure.Private},
		"foreign organization":  {allow(`"*"`, orgKey), owner, exposure.Own{OrganizationID: "o-other"}, alert.Medium, exposure.Shared},
		"organization unknown":  {allow(`"*"`, orgKey), owner, exposure.Own{}, alert.Low, exposure.Shared},
		"foreign in own org":    {allow(`{"AWS":"`+foreign+`"}`, orgKey), owner, exposure.Own{OrganizationID: "o-mine"}, alert.Info, exposure.Private},
		"path below own org":    {allow(`"*"`, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-mine/r-1/*"}}`), owner, exposure.Own{OrganizationID: "o-mine"}, alert.Low, exposure.Public},
		"own org by a variable": {allow(`"*"`, `{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}`), owner, exposure.Own{}, alert.Low, exposure.Public},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := exposure.Evaluate(exposure.Input{Account: tt.account, Own: tt.own, Policy: parse(t, policyWith(tt.doc))})
			if v.Severity != tt.severity || v.Effective != tt.state {
				t.Errorf("got %s, %s; want %s, %s (%v)", v.Severity, v.Effective, tt.severity, tt.state, v.Reasons)
			}
		})
	}
}
