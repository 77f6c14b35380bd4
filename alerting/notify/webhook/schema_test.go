package webhook_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// schema lists, of the objects of OCSF 1.3 "Detection Finding" as far as they are used, by path, the attributes that may
// stand in them. ! marks those that must, * those of which one must. Read from the schema's own definitions.
var schema = map[string]string{
	"": "!activity_id !category_uid !class_uid !type_uid !time !severity_id severity status_id status status_detail confidence_id risk_score message " +
		"!metadata !finding_info !cloud resources evidences remediation unmapped",
	"metadata":                                 "!version !product uid profiles",
	"metadata.product":                         "!vendor_name *name *uid",
	"finding_info":                             "!uid !title desc created_time modified_time first_seen_time last_seen_time src_url analytic attacks related_events",
	"finding_info.analytic":                    "!type_id type *name *uid",
	"finding_info.attacks":                     "*technique *sub_technique",
	"finding_info.attacks.technique":           "*uid *name",
	"finding_info.attacks.sub_technique":       "*uid *name",
	"finding_info.related_events":              "!uid",
	"cloud":                                    "!provider region account",
	"cloud.account":                            "*uid *name type type_id",
	"resources":                                "*uid *name type",
	"evidences":                                "*actor *api *src_endpoint",
	"evidences.actor":                          "*user *session",
	"evidences.actor.user":                     "*uid *name type type_id",
	"evidences.actor.session":                  "*uid *issuer",
	"evidences.src_endpoint":                   "*ip *svc_name location autonomous_system",
	"evidences.src_endpoint.location":          "*country *city",
	"evidences.src_endpoint.autonomous_system": "*number *name",
	"evidences.api":                            "!operation response",
	"evidences.api.response":                   "*error",
	"remediation":                              "!desc",
}

// keeps complains about what an object has and may not have, and lacks and must have.
func keeps(t *testing.T, path string, v any) {
	t.Helper()
	if list, ok := v.([]any); ok {
		for _, one := range list {
			keeps(t, path, one)
		}
		return
	}
	object, ok := v.(map[string]any)
	if !ok || path == "unmapped" {
		return
	}
	rule, ok := schema[path]
	if !ok {
		t.Errorf("%s is no object of the class", path)
	}
	any, has := false, false
	may := []string{}
	for field := range strings.FieldsSeq(rule) {
		name := strings.TrimLeft(field, "!*")
		may = append(may, name)
		_, there := object[name]
		if field[0] == '!' && !there {
			t.Errorf("%s lacks %s", path, name)
		}
		any, has = any || field[0] == '*', has || field[0] == '*' && there
	}
	if any && !has {
		t.Errorf("%s has none of %s", path, rule)
	}
	for name, value := range object {
		if !slices.Contains(may, name) {
			t.Errorf("%s has %s, which the class does not know", path, name)
		}
		keeps(t, strings.TrimPrefix(path+"."+name, "."), value)
	}
	if text, ok := object["ip"].(string); ok {
		if _, err := netip.ParseAddr(text); err != nil {
			t.Errorf("%s.ip is %q", path, text)
		}
	}
}

// TestFindingsKeepToTheSchema holds findings of every sort against the class.
func TestFindingsKeepToTheSchema(t *testing.T) {
	service := notifytest.KopsState()
	service.Source = alert.Source{IP: "config.amazonaws.com", Country: alert.Unknown, Org: alert.Unknown}
	service.Actor = alert.Actor{Type: "AWSService", Name: "config.amazonaws.com", ARN: alert.Unknown}
	service.Techniques, service.ErrorCode, service.Exposure = []string{"T1562.007", "T1530"}, "AccessDenied", nil
	bare := &alert.Alert{ID: "0", Revision: 1, Status: alert.Open, RuleID: "r", Title: "t"}
	for name, a := range map[string]*alert.Alert{
		"kops-state": notifytest.KopsState(), "charity-website": notifytest.CharityWebsite(), "service": service, "bare": bare,
		"hostile": notifytest.Hostile(notifytest.KopsState(), "<!here> \x1b"),
	} {
		t.Run(name, func(t *testing.T) {
			body, _, _ := post(t, a, notify.Told{}, "")
			var v map[string]any
			if err := json.Unmarshal(body, &v); err != nil {
				t.Fatal(err)
			}
			keeps(t, "", v)
			if v["class_uid"] != 2004.0 || fmt.Sprint(v["type_uid"]) != fmt.Sprint(200400+v["activity_id"].(float64)) {
				t.Errorf("class %v, type %v, activity %v", v["class_uid"], v["type_uid"], v["activity_id"])
			}
		})
	}
}
