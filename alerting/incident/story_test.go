package incident_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/alerting/score"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich"
)

// act is an event of a user on IAM, with the rules that match it; each has an alert of medium severity.
type act struct {
	at      time.Duration // after the first
	by      string        // user name, or a whole userIdentity
	event   string
	request string
	rules   []string
}

func (a act) apply(t *testing.T, b *incident.Book) []*incident.Incident {
	t.Helper()
	identity := a.by
	if identity[0] != '{' {
		identity = fmt.Sprintf(`{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%[1]s","accountId":"111122223333","userName":%[1]q}`, a.by)
	}
	at := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC).Add(a.at)
	request := a.request
	if request == "" {
		request = "null"
	}
	raw := fmt.Sprintf(`{"eventVersion":"1.10","eventID":%q,"eventName":%q,"eventSource":"iam.amazonaws.com","eventTime":%q,"awsRegion":"us-east-1",
		"sourceIPAddress":"198.51.100.7","recipientAccountId":"111122223333","requestParameters":%s,"userIdentity":%s}`,
		fmt.Sprint(a.by, a.event, a.at), a.event, at.Format(time.RFC3339), request, identity)
	rec, err := cloudtrail.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	ev := &incident.Event{Record: rec, Actor: rec.Actor(), Facts: &enrich.Facts{}}
	for n, rule := range a.rules {
		ev.Verdicts = append(ev.Verdicts, incident.Verdict{
			Rule: &detect.Rule{ID: rule}, Hit: &detect.Hit{Detail: "It happened."},
			Score: score.Result{Severity: alert.Medium, Score: 40 + n, Factors: []alert.Factor{{Name: "rule", Detail: "It happened."}}},
		})
	}
	return b.Apply(ev)
}

// told lists the alerts by story: "RULE of ACTOR" of each, in the order of their events.
func told(b *incident.Book) [][]string {
	var ids []string
	var out [][]string
	for _, i := range b.All() {
		at := slices.Index(ids, i.Alert.Story.ID)
		if at < 0 {
			at = len(ids)
			ids, out = append(ids, i.Alert.Story.ID), append(out, nil)
		}
		out[at] = append(out[at], i.Alert.RuleID+" of "+i.Alert.Actor.Name)
	}
	return out
}

func TestAStoryIsOneActorsEpisode(t *testing.T) {
	const (
		session = `{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/%[1]s/%[2]s","principalId":"AROA:%[2]s","accountId":"111122223333",
			"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/%[1]s","accountId":"111122223333","userName":"%[1]s"}}}`
		nobody = `{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}`
		guess  = `{"type":"IAMUser","accountId":"111122223333","accessKeyId":"","userName":"eve"}`
		hidden = `{"type":"IAMUser","accountId":"111122223333","accessKeyId":"","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`
	)
	as := func(role, name string) string { return fmt.Sprintf(session, role, name) }
	for name, tt := range map[string]struct {
		acts []act
		want [][]string
	}{
		"one actor":                  {[]act{{0, "eve", "A", "", []string{"a"}}, {time.Hour, "eve", "B", "", []string{"b"}}}, [][]string{{"a of eve", "b of eve"}}},
		"two actors of one address":  {[]act{{0, "eve", "A", "", []string{"a"}}, {time.Hour, "bob", "B", "", []string{"b"}}}, [][]string{{"a of eve"}, {"b of bob"}}},
		"six quiet hours":            {[]act{{0, "eve", "A", "", []string{"a"}}, {6 * time.Hour, "eve", "B", "", []string{"b"}}}, [][]string{{"a of eve"}, {"b of eve"}}},
		"a late event":               {[]act{{time.Hour, "eve", "A", "", []string{"a"}}, {0, "eve", "B", "", []string{"b"}}}, [][]string{{"b of eve", "a of eve"}}},
		"the user that it made":      {[]act{{0, "eve", "CreateUser", `{"userName":"svc"}`, []string{"a"}}, {time.Minute, "svc", "B", "", []string{"b"}}}, [][]string{{"a of eve", "b of svc"}}},
		"the role that it made":      {[]act{{0, "eve", "CreateRole", `{"roleName":"svc"}`, []string{"a"}}, {time.Minute, as("svc", "x@y.org"), "B", "", []string{"b"}}}, [][]string{{"a of eve", "b of svc"}}},
		"one it made untold":         {[]act{{0, "eve", "A", "", []string{"a"}}, {time.Minute, "eve", "CreateUser", `{"userName":"svc"}`, nil}, {time.Hour, "svc", "B", "", []string{"b"}}}, [][]string{{"a of eve", "b of svc"}}},
		"a user it did not make":     {[]act{{0, "eve", "AttachUserPolicy", `{"userName":"svc"}`, []string{"a"}}, {time.Minute, "svc", "B", "", []string{"b"}}}, [][]string{{"a of eve"}, {"b of svc"}}},
		"sessions of a role":         {[]act{{0, as("app", "1"), "A", "", []string{"a"}}, {time.Minute, as("app", "2"), "B", "", []string{"b"}}}, [][]string{{"a of app", "b of app"}}},
		"people in a role":           {[]act{{0, as("AWSReservedSSO_x", "ann"), "A", "", []string{"a"}}, {time.Minute, as("AWSReservedSSO_x", "bob"), "B", "", []string{"b"}}}, [][]string{{"a of AWSReservedSSO_x"}, {"b of AWSReservedSSO_x"}}},
		"a guess at a user's name":   {[]act{{0, guess, "A", "", []string{"a"}}, {time.Minute, "eve", "B", "", []string{"b"}}}, [][]string{{"a of eve", "b of eve"}}},
		"unsigned requests":          {[]act{{0, nobody, "A", "", []string{"a"}}, {time.Minute, nobody, "B", "", []string{"b"}}}, [][]string{{"a of anonymous"}, {"b of anonymous"}}},
		"a name that is not told":    {[]act{{0, hidden, "A", "", []string{"a"}}, {time.Minute, hidden, "B", "", []string{"b"}}}, [][]string{{"a of HIDDEN_DUE_TO_SECURITY_REASONS"}, {"b of HIDDEN_DUE_TO_SECURITY_REASONS"}}},
		"an event of several rules":  {[]act{{0, "eve", "A", "", []string{"a", "b"}}}, [][]string{{"b of eve"}}},
		"a doubled event":            {[]act{{0, "eve", "A", "", []string{"a", "b"}}, {0, "eve", "A", "", []string{"a", "b"}}}, [][]string{{"b of eve"}}},
		"again by one of its rules":  {[]act{{0, "eve", "A", "", []string{"a", "b"}}, {time.Minute, "eve", "A", "", []string{"b"}}}, [][]string{{"b of eve"}}},
		"a user that has a new life": {[]act{{0, "eve", "CreateUser", `{"userName":"svc"}`, []string{"a"}}, {7 * time.Hour, "svc", "B", "", []string{"b"}}}, [][]string{{"a of eve"}, {"b of svc"}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := incident.NewBook()
			for _, a := range tt.acts {
				a.apply(t, b)
			}
			if diff := cmp.Diff(tt.want, told(b)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAStoryGoesOnAfterARestart(t *testing.T) {
	b := incident.NewBook()
	first := act{0, "eve", "CreateUser", `{"userName":"svc"}`, []string{"iam-user-created"}}.apply(t, b)[0]
	act{time.Minute, "eve", "AttachUserPolicy", `{"userName":"svc"}`, []string{"iam-admin-granted"}}.apply(t, b)

	again := incident.NewBook()
	for n, i := range b.All() {
		text, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		var stored incident.Incident
		if err := json.Unmarshal(text, &stored); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			again.Note(&stored) // as one that is long resolved
		} else {
			again.Restore(&stored)
		}
	}
	third := act{2 * time.Minute, "svc", "CreateAccessKey", `{"userName":"svc"}`, []string{"iam-access-key-created"}}.apply(t, again)[0]
	want := &alert.StoryRef{ID: first.Alert.ID, Severity: alert.High, Alerts: 3, Actor: "eve"}
	if diff := cmp.Diff(want, third.Alert.Story); diff != "" {
		t.Error(diff)
	}
}
