package detect_test

import (
	"fmt"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/detect/builtin"
	"github.com/trailwarden/trailwarden/alerting/detect/sigma"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// mix is what most records are: reads of many services, and some writes.
func mix(t testing.TB) ([][]byte, []cloudtrail.Header) {
	t.Helper()
	var raws [][]byte
	for _, call := range []string{
		"ec2/DescribeInstances", "sts/AssumeRole", "s3/GetObject", "s3/GetBucketTagging", "kms/Decrypt", "logs/DescribeLogGroups",
		"ssm/UpdateInstanceInformation", "s3/ListObjects", "dynamodb/DescribeTable", "monitoring/DescribeAlarms", "s3/HeadBucket", "elasticloadbalancing/DescribeTags",
	} {
		raws = append(raws, event(t, call, `,"userAgent":"aws-sdk-go/1.44","userIdentity":{"type":"AssumedRole","accountId":"111122223333"}`))
	}
	headers := make([]cloudtrail.Header, len(raws))
	for i, raw := range raws {
		if _, err := headers[i].Scan(raw); err != nil {
			t.Fatal(err)
		}
	}
	return raws, headers
}

// sigmaRules makes rules as people write them, each on a few calls of one service.
func sigmaRules(t testing.TB, n int) []*detect.Rule {
	t.Helper()
	var out []*detect.Rule
	for i := range n {
		rules, err := sigma.Compile(fmt.Sprintf("r%d.yml", i), fmt.Appendf(nil, "title: R%[1]d\nid: r%[1]d\nlogsource: {product: aws, service: cloudtrail}\n"+
			"detection:\n  s: {eventSource: service%[1]d.amazonaws.com, eventName: [DeleteThing%[1]d, PutThing%[1]d]}\n"+
			"  f: {userAgent|contains: Console}\n  condition: s and not f\n", i))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rules...)
	}
	return out
}

func BenchmarkSelect(b *testing.B) {
	raws, headers := mix(b)
	for _, n := range []int{0, 60, 200} {
		b.Run(fmt.Sprintf("builtin and %d sigma", n), func(b *testing.B) {
			x := detect.Build(append(builtin.Rules(), sigmaRules(b, n)...), nil)
			dst := make([]string, 0, 16)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				dst = x.Select(&headers[i%len(headers)], raws[i%len(raws)], dst[:0])
				i++
			}
		})
	}
}

// What most records cost must not depend on the allocator.
func TestSelectAllocatesNothing(t *testing.T) {
	raws, headers := mix(t)
	x := detect.Build(append(builtin.Rules(), sigmaRules(t, 60)...), nil)
	dst := make([]string, 0, 16)
	for i := range raws {
		if n := testing.AllocsPerRun(100, func() { dst = x.Select(&headers[i], raws[i], dst[:0]) }); n != 0 {
			t.Errorf("%s: %v allocations", headers[i].EventName, n)
		}
		if len(dst) > 0 {
			t.Errorf("%s: selected %v", headers[i].EventName, dst)
		}
	}
}

func BenchmarkMatchSigma(b *testing.B) {
	raw := event(b, "service7/DeleteThing7", `,"userAgent":"aws-cli/2.15","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/x"}`)
	x := detect.Build(sigmaRules(b, 200), nil)
	in := input(b, raw)
	b.ReportAllocs()
	for b.Loop() {
		again := detect.Input{Record: in.Record, Raw: raw, Facts: in.Facts, Settings: in.Settings}
		if len(x.Match(&again, []string{"r7"})) != 1 {
			b.Fatal("no match")
		}
	}
}
