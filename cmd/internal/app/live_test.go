package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
)

// openBucket is an S3 that has one bucket, open to everybody by its ACL.
func openBucket(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/xml")
	switch {
	case r.URL.Query().Has("acl"):
		_, _ = io.WriteString(w, `<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">`+
			`<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`)
	case r.URL.Query().Has("policyStatus"):
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `<Error><Code>NoSuchBucketPolicy</Code></Error>`)
	default:
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code></Error>`)
	}
}

func TestS3IsAskedAboutTheBucketOfAnAlert(t *testing.T) {
	objects := httptest.NewServer(http.HandlerFunc(openBucket))
	t.Cleanup(objects.Close)
	c := shared.part(t) // alone: its S3 is another than that of the other tests
	for _, service := range []string{"S3", "S3_CONTROL"} {
		t.Setenv("AWS_ENDPOINT_URL_"+service, objects.URL)
	}
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	w.edit(t, "enrich:\n", "enrich:\n  live: {enabled: true, delay: 50ms}\n")
	d := w.start(t)
	queue.Send(apiCall(t, kops().record()))
	eventually(t, "the alert says what S3 said", func() bool {
		for _, a := range d.alerts(t) {
			if a.Bucket == kops().bucket && a.Exposure.Confidence == "confirmed" {
				return slices.ContainsFunc(a.Exposure.Reasons, func(r string) bool { return strings.HasPrefix(r, "S3 says: public: the ACL grants AllUsers READ") })
			}
		}
		return false
	})
	if _, metrics := d.ask(t, http.MethodGet, "/metrics", ""); !strings.Contains(metrics, `trailwarden_alerting_live_lookups_total{result="public"} 1`) {
		t.Error("the look is not counted")
	}
}
