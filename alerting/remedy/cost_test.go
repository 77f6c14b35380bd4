package remedy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/remedy"
)

// BenchmarkClose plans the largest policies that S3 takes, made to be slow.
func BenchmarkClose(b *testing.B) {
	many := func(n int, of func(n int) string) string {
		var all []string
		for i := range n {
			all = append(all, of(i))
		}
		return strings.Join(all, ",")
	}
	account := func(n int) string { return fmt.Sprintf("%q", fmt.Sprint(100000000000+n)) }
	wide := func(first int) string {
		return policyOf(`{"Effect":"Allow","Principal":{"AWS":["*",` + many(1250, func(n int) string { return account(first + n) }) + `]},"Action":"s3:GetObject","Resource":"*"}`)
	}
	long := func(principal, effect string) string {
		return policyOf(many(210, func(n int) string {
			return fmt.Sprintf(`{"Effect":%q,"Principal":%s,"Action":"s3:Get%d*","Resource":"b%d"}`, effect, principal, n, n)
		}), allow(`"*"`, ""))
	}
	for name, policies := range map[string][2]string{
		"many principals": {wide(0), wide(5000)},
		"many statements": {long(`"*"`, "Allow"), long(`{"AWS":"`+foreign+`"}`, "Allow")},
		"many Denies":     {long(`"*"`, "Deny"), long(`"*"`, "Deny")},
	} {
		b.Run(name, func(b *testing.B) {
			state, target := after(b, exposure.Own{}, call{name: "PutBucketPolicy", params: policies[0]}, call{name: "PutBucketPolicy", params: policies[1]})
			for b.Loop() {
				remedy.Close(state, []remedy.Target{target}, 1)
			}
		})
	}
}
