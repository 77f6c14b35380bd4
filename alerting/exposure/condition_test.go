package exposure_test

import (
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
)

// conditionCase is what an Allow of s3:GetObject to everyone becomes under one Condition block.
type conditionCase struct {
	condition string
	public    exposure.Tri
	reach     exposure.Reach
	severity  alert.Severity
}

func checkConditions(t *testing.T, tests map[string]conditionCase) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judge(t, policyWith(allow(`"*"`, tt.condition)))
			if v.Public != tt.public || v.Reach != tt.reach || v.Severity != tt.severity || v.Error != "" {
				t.Errorf("%s: got public %v, reach %s, severity %s, error %q; want %v, %s, %s\n%v",
					tt.condition, v.Public, v.Reach, v.Severity, v.Error, tt.public, tt.reach, tt.severity, v.Reasons)
			}
		})
	}
}

// TestPinningKeys: the keys whose fixed value makes a statement non-public ("The meaning of public").
func TestPinningKeys(t *testing.T) {
	t.Parallel()
	checkConditions(t, map[string]conditionCase{
		"organization":           {`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, exposure.No, exposure.Organization, alert.Low},
		"key without case":       {`{"StringEquals":{"AWS:PRINCIPALORGID":"o-1"}}`, exposure.No, exposure.Organization, alert.Low},
		"organization ignore":    {`{"StringEqualsIgnoreCase":{"aws:PrincipalOrgID":"O-1"}}`, exposure.No, exposure.Organization, alert.Low},
		"organization path":      {`{"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"o-1/r-1/ou-1/"}}`, exposure.No, exposure.Organization, alert.Low},
		"own account":            {`{"StringEquals":{"aws:PrincipalAccount":"` + owner + `"}}`, exposure.No, exposure.SameAccount, alert.Info},
		"foreign account":        {`{"StringEquals":{"aws:PrincipalAccount":"` + foreign + `"}}`, exposure.No, exposure.CrossAccount, alert.Medium},
		"list of one":            {`{"StringEquals":{"aws:PrincipalAccount":["` + foreign + `"]}}`, exposure.No, exposure.CrossAccount, alert.Medium},
		"principal ARN":          {`{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::` + owner + `:role/app"}}`, exposure.No, exposure.SameAccount, alert.Info},
		"VPC endpoint":           {`{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`, exposure.No, exposure.VPC, alert.Info},
		"VPC by like":            {`{"StringLike":{"aws:SourceVpc":"vpc-1"}}`, exposure.No, exposure.VPC, alert.Info},
		"source account":         {`{"StringEquals":{"aws:SourceAccount":"` + owner + `"}}`, exposure.No, exposure.Service, alert.Info},
		"foreign source account": {`{"StringEquals":{"aws:SourceAccount":"` + foreign + `"}}`, exposure.No, exposure.Service, alert.Medium},
		"source owner":           {`{"StringEquals":{"aws:SourceOwner":"` + owner + `"}}`, exposure.No, exposure.Service, alert.Info},
		"source ARN":             {`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:` + owner + `:topic"}}`, exposure.No, exposure.Service, alert.Info},
		"user id":                {`{"StringEquals":{"aws:userid":"AIDAEXAMPLEEXAMPLE12"}}`, exposure.No, exposure.CrossAccount, alert.Low},
		"user id if exists":      {`{"StringEqualsIfExists":{"aws:userid":"AIDAEXAMPLEEXAMPLE12"}}`, exposure.No, exposure.CrossAccount, alert.Low},
		"root's user id":         {`{"StringEquals":{"aws:userid":"` + owner + `"}}`, exposure.No, exposure.SameAccount, alert.Info},
		"KMS key":                {`{"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:` + owner + `:key/k"}}`, exposure.No, exposure.SameAccount, alert.Low},
		"access point ARN":       {`{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:` + owner + `:accesspoint/*"}}`, exposure.No, exposure.SameAccount, alert.Info},
		"access point account":   {`{"StringEquals":{"s3:DataAccessPointAccount":"` + owner + `"}}`, exposure.No, exposure.SameAccount, alert.Info},
		"two keys of one":        {`{"StringEquals":{"s3:prefix":"x/","aws:PrincipalOrgID":"o-1"}}`, exposure.No, exposure.Organization, alert.Low},
		"two operators":          {`{"StringNotEquals":{"aws:PrincipalArn":"arn:aws:iam::1:user/x"},"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, exposure.No, exposure.Organization, alert.Low},
		"one pin beside a wild":  {`{"StringEquals":{"aws:PrincipalOrgID":"o-1"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}`, exposure.No, exposure.Organization, alert.Low},
		"number":                 {`{"StringEquals":{"aws:PrincipalAccount":` + owner + `}}`, exposure.No, exposure.SameAccount, alert.Low},
	})
}

// TestWildValues: a wildcard or a variable is no fixed value, and one bad value spoils the list. Where the
// account or organization stays fixed, the reach stays small and nobody is paged.
func TestWildValues(t *testing.T) {
	t.Parallel()
	checkConditions(t, map[string]conditionCase{
		"any VPC":                {`{"StringLike":{"aws:SourceVpc":"vpc-*"}}`, exposure.Yes, exposure.AnyVPC, alert.High},
		"one wild of two":        {`{"StringLike":{"aws:PrincipalOrgID":["o-1","o-*"]}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"question mark":          {`{"StringLike":{"aws:PrincipalAccount":"11112222333?"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"role of own account":    {`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::` + owner + `:role/*"}}`, exposure.Yes, exposure.SameAccount, alert.Low},
		"role of any account":    {`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"trail of own account":   {`{"ArnLike":{"aws:SourceArn":"arn:aws:cloudtrail:*:` + owner + `:trail/*"}}`, exposure.Yes, exposure.Service, alert.Low},
		"topic of any account":   {`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:*:topic"}}`, exposure.Yes, exposure.Service, alert.Medium},
		"any source":             {`{"ArnLike":{"aws:SourceArn":"*"}}`, exposure.Yes, exposure.Service, alert.Medium},
		"half a source account":  {`{"StringLike":{"aws:SourceAccount":"1111*"}}`, exposure.Yes, exposure.Service, alert.Medium},
		"unit of one org":        {`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/ou-1/*"}}`, exposure.Yes, exposure.Organization, alert.Low},
		"unit of any org":        {`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-*/r-1/ou-1/*"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"any user id":            {`{"StringLike":{"aws:userid":"*"}}`, exposure.Yes, exposure.Internet, alert.High},
		"sessions of one role":   {`{"StringLike":{"aws:userid":"AROAEXAMPLEEXAMPLE12:*"}}`, exposure.Yes, exposure.CrossAccount, alert.Low},
		"session name":           {`{"StringLike":{"aws:userid":"*:admin"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"caller's own id":        {`{"StringLike":{"aws:userid":"${aws:userid}"}}`, exposure.Yes, exposure.Internet, alert.High},
		"star taken literally":   {`{"StringEquals":{"aws:SourceVpc":"*"}}`, exposure.Yes, exposure.Nobody, alert.Low},
		"points of any account":  {`{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:*:accesspoint/*"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"points of any region":   {`{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:*:` + owner + `:accesspoint/*"}}`, exposure.Yes, exposure.SameAccount, alert.Low},
		"account after wildcard": {`{"StringLike":{"aws:PrincipalArn":"arn:aws:*:` + owner + `:*"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"own account's variable": {`{"StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}`, exposure.Yes, exposure.SameAccount, alert.Low},
		"any KMS key":            {`{"StringLike":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"*"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
	})
}

// TestOperatorsThatCannotPin: negations, Null, Bool, numbers, dates, unknown operators, and what is true for
// callers without the key.
func TestOperatorsThatCannotPin(t *testing.T) {
	t.Parallel()
	checkConditions(t, map[string]conditionCase{
		"not equals":       {`{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, exposure.Yes, exposure.Internet, alert.High},
		"not like":         {`{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::1:user/x"}}`, exposure.Yes, exposure.Internet, alert.High},
		"not address":      {`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, exposure.Yes, exposure.Internet, alert.High},
		"if exists":        {`{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}`, exposure.Yes, exposure.Internet, alert.High},
		"address exists":   {`{"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}}`, exposure.Yes, exposure.Internet, alert.High},
		"for all values":   {`{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1/r-1/"}}`, exposure.Yes, exposure.Internet, alert.High},
		"unknown":          {`{"StringMatches":{"aws:SourceVpce":"vpce-1"}}`, exposure.Yes, exposure.Internet, alert.High},
		"misspelt set":     {`{"ForAnyValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, exposure.Yes, exposure.Internet, alert.High},
		"wrong case":       {`{"stringequals":{"aws:PrincipalOrgID":"o-1"}}`, exposure.Yes, exposure.Internet, alert.High},
		"numeric":          {`{"NumericEquals":{"aws:SourceAccount":"` + owner + `"}}`, exposure.Yes, exposure.Internet, alert.High},
		"date":             {`{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`, exposure.Yes, exposure.Internet, alert.High},
		"ARN of address":   {`{"ArnLike":{"aws:SourceIp":"203.0.113.0/24"}}`, exposure.Yes, exposure.Internet, alert.High},
		"TLS only":         {`{"Bool":{"aws:SecureTransport":"true"}}`, exposure.Yes, exposure.Internet, alert.High},
		"TLS only, JSON":   {`{"Bool":{"aws:SecureTransport":true}}`, exposure.Yes, exposure.Internet, alert.High},
		"empty block":      {`{}`, exposure.Yes, exposure.Internet, alert.High},
		"any organization": {`{"Null":{"aws:PrincipalOrgID":"false"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"no organization":  {`{"Null":{"aws:PrincipalOrgID":"true"}}`, exposure.Yes, exposure.Internet, alert.High},
		"any endpoint":     {`{"Null":{"aws:SourceVpce":"false"}}`, exposure.Yes, exposure.AnyVPC, alert.High},
		"any service":      {`{"Null":{"aws:SourceArn":"false"}}`, exposure.Yes, exposure.Service, alert.Medium},
		"AWS service":      {`{"Bool":{"aws:PrincipalIsAWSService":"true"}}`, exposure.Yes, exposure.Service, alert.Low},
		"with MFA":         {`{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"without MFA":      {`{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`, exposure.Yes, exposure.Internet, alert.High},
	})
}

// TestKeysThatSayNotWho: keys under the caller's control, keys about our own bucket, and keys S3's page leaves out.
func TestKeysThatSayNotWho(t *testing.T) {
	t.Parallel()
	checkConditions(t, map[string]conditionCase{
		"referer":            {`{"StringEquals":{"aws:Referer":"s3cr3t"}}`, exposure.Yes, exposure.Internet, alert.High},
		"user agent":         {`{"StringEquals":{"aws:UserAgent":"me"}}`, exposure.Yes, exposure.Internet, alert.High},
		"prefix":             {`{"StringEquals":{"s3:prefix":"x/"}}`, exposure.Yes, exposure.Internet, alert.High},
		"object tag":         {`{"StringEquals":{"s3:ExistingObjectTag/public":"yes"}}`, exposure.Yes, exposure.Internet, alert.High},
		"canned ACL":         {`{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`, exposure.Yes, exposure.Internet, alert.High},
		"our account":        {`{"StringEquals":{"aws:ResourceAccount":"` + owner + `"}}`, exposure.Yes, exposure.Internet, alert.High},
		"our account, S3":    {`{"StringEquals":{"s3:ResourceAccount":"` + owner + `"}}`, exposure.Yes, exposure.Internet, alert.High},
		"our organization":   {`{"StringEquals":{"aws:ResourceOrgID":"o-1"}}`, exposure.Yes, exposure.Internet, alert.High},
		"private address":    {`{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/16"}}`, exposure.Yes, exposure.AnyVPC, alert.High},
		"user name":          {`{"StringEquals":{"aws:username":"admin"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"principal tag":      {`{"StringEquals":{"aws:PrincipalTag/team":"blue"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"called via":         {`{"ForAnyValue:StringEquals":{"aws:CalledVia":"athena.amazonaws.com"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"signed":             {`{"StringEquals":{"s3:authType":"REST-HEADER"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"kind of principal":  {`{"StringEquals":{"aws:PrincipalType":"User"}}`, exposure.Yes, exposure.AnyAWS, alert.High},
		"anonymous kind":     {`{"StringEquals":{"aws:PrincipalType":"Anonymous"}}`, exposure.Yes, exposure.Internet, alert.High},
		"source org":         {`{"StringEquals":{"aws:SourceOrgID":"o-1"}}`, exposure.Yes, exposure.Service, alert.Low},
		"endpoint's account": {`{"StringEquals":{"aws:VpceAccount":"` + owner + `"}}`, exposure.Yes, exposure.VPC, alert.Low},
		"unknown key":        {`{"StringEquals":{"aws:Whatever":"x"}}`, exposure.Yes, exposure.Internet, alert.High},
		"two weak ones":      {`{"Bool":{"aws:SecureTransport":"true"},"StringLike":{"aws:Referer":"*"}}`, exposure.Yes, exposure.Internet, alert.High},
	})
}

// TestSourceIP: broader than /8, or /32 for IPv6, is public; v4 and v6 are judged apart, and so is their sum.
func TestSourceIP(t *testing.T) {
	t.Parallel()
	ip := func(values string) string { return `{"IpAddress":{"aws:SourceIp":` + values + `}}` }
	checkConditions(t, map[string]conditionCase{
		"everything":           {ip(`"0.0.0.0/0"`), exposure.Yes, exposure.Internet, alert.High},
		"half":                 {ip(`"0.0.0.0/1"`), exposure.Yes, exposure.Internet, alert.High},
		"two halves":           {ip(`["0.0.0.0/1","128.0.0.0/1"]`), exposure.Yes, exposure.Internet, alert.High},
		"/7":                   {ip(`"12.0.0.0/7"`), exposure.Yes, exposure.Internet, alert.High},
		"/8":                   {ip(`"12.0.0.0/8"`), exposure.No, exposure.AddressRange, alert.Low},
		"host":                 {ip(`"203.0.113.7"`), exposure.No, exposure.AddressRange, alert.Low},
		"string operator":      {`{"StringEquals":{"aws:SourceIp":"203.0.113.7"}}`, exposure.No, exposure.AddressRange, alert.Low},
		"one bad of two":       {ip(`["203.0.113.0/24","0.0.0.0/0"]`), exposure.Yes, exposure.Internet, alert.High},
		"v6 hole":              {ip(`["203.0.113.0/24","::/0"]`), exposure.Yes, exposure.Internet, alert.High},
		"v6 /32":               {ip(`"2001:db8::/32"`), exposure.No, exposure.AddressRange, alert.Low},
		"v6 /31":               {ip(`"2001:db8::/31"`), exposure.Yes, exposure.Internet, alert.High},
		"v4 inside v6":         {ip(`"::ffff:0:0/96"`), exposure.Yes, exposure.Internet, alert.High},
		"private ranges":       {ip(`["10.0.0.0/8","172.16.0.0/12","192.168.0.0/16"]`), exposure.No, exposure.AddressRange, alert.Info},
		"broader than private": {ip(`"172.0.0.0/6"`), exposure.Yes, exposure.Internet, alert.High},
		"no address":           {ip(`"256.1.1.1"`), exposure.Yes, exposure.Internet, alert.High},
		"star":                 {ip(`"*"`), exposure.Yes, exposure.Internet, alert.High},
		"private and public":   {ip(`["10.0.0.0/8","203.0.113.0/24"]`), exposure.No, exposure.AddressRange, alert.Low},
		"nobody's address":     {ip(`"0.0.0.0"`), exposure.No, exposure.Nobody, alert.Info},
		"a third by eighths":   {ip(eighths(86)), exposure.Yes, exposure.Internet, alert.High},
		"all by eighths":       {ip(eighths(256)), exposure.Yes, exposure.Internet, alert.High},
		"a few eighths":        {ip(eighths(5)), exposure.No, exposure.AddressRange, alert.Low},
	})
}
