package slack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
	"github.com/trailwarden/trailwarden/alerting/notify/slack"
)

// Of two receivers that share a channel the one that was told of the alert says who may act.
func TestTheReceiverThatWasToldSaysWhoMayAct(t *testing.T) {
	o := newOffice(t, func(c *notify.Slack) { c.AppTokenFile, c.SigningSecretFile = "", "" })
	soc, payroll := o.cfg, o.cfg
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app"), []byte(o.slack.AppToken), 0o600); err != nil {
		t.Fatal(err)
	}
	soc.AppTokenFile, payroll.AppTokenFile = filepath.Join(dir, "app"), filepath.Join(dir, "app")
	soc.AllowedUsers, payroll.AllowedUsers = []string{"UANNA"}, []string{"UPAY"}
	o.told = map[string][]string{"a1": {"payroll"}, "a2": {"soc"}, "a3": {"payroll", "soc"}}
	o.run(t, notify.Receiver{Name: "soc", Slack: &soc}, notify.Receiver{Name: "payroll", Slack: &payroll})
	o.connected(t)
	for _, c := range []struct {
		user, alerts string
		may          bool
	}{
		{"UANNA", "a1", false},
		{"UPAY", "a1", true},
		{"UANNA", "a2", true},
		{"UPAY", "a2", false},
		{"UANNA", "a3", true},
		{"UPAY", "a3", true},
		{"UPAY", "a1,a3", true},
		{"UPAY", "a1,a2", false},
		{"UANNA", "unknown", false},
	} {
		deeds, whispers := len(o.deeds()), len(o.slack.Whispers())
		o.interact(t, o.slack.Press(c.user, "trailwarden-resolve", c.alerts))
		eventually(t, "an answer", func() bool {
			return len(o.deeds()) == deeds+len(strings.Split(c.alerts, ",")) || len(o.slack.Whispers()) > whispers
		})
		if may := len(o.deeds()) > deeds; may != c.may {
			t.Errorf("%s about %s: %t, want %t", c.user, c.alerts, may, c.may)
		}
	}
}

// The card of a digest has buttons for all of its alerts, and a menu for one of them.
func TestButtonsOfADigest(t *testing.T) {
	o := newOffice(t, nil)
	o.connected(t)
	b := &bench{t: t, slack: o.slack, n: slack.New(o.cfg, slack.Options{
		Client: o.client, Pacer: slack.NewPacer(0), Log: zap.NewNop(), Now: time.Now, Page: func(id string) string { return "https://trailwarden.example/alerts/" + id },
	})}
	alerts := storm(25)
	alerts[1].Status, alerts[2].Status = alert.Resolved, alert.Acknowledged
	b.digest(alerts, make([]notify.Told, len(alerts)))
	b.clean()
	top := o.slack.TopLevel()
	card, err := top[len(top)-1].Show()
	if err != nil || top[0].Blocks == nil || !strings.Contains(card, "[Acknowledge all] [Resolve all] [One alert… ▾]") {
		t.Fatalf("%v: %s", err, card)
	}
	for _, a := range alerts {
		if !strings.Contains(card, a.Bucket) {
			t.Errorf("%s is not named", a.Bucket)
		}
	}
	blocks := string(top[0].Blocks)
	if strings.Contains(blocks, alerts[0].ID+","+alerts[1].ID) || !strings.Contains(blocks, alerts[0].ID+","+alerts[2].ID) || !strings.Contains(blocks, alerts[0].ID+","+alerts[3].ID) {
		t.Errorf("the buttons are for others: %s", blocks)
	}
	o.interact(t, o.slack.Press("UANNA", "trailwarden-acknowledge", "a1,a2,a3"))
	eventually(t, "all are acknowledged", func() bool { return len(o.deeds()) == 3 })
	if d := o.deeds()[2]; d.AlertID != "a3" || d.Action != notify.Acknowledge {
		t.Errorf("%+v", d)
	}
	o.interact(t, o.slack.Choose("UANNA", "trailwarden-choose", "a4"))
	eventually(t, "a dialog opens", func() bool { return len(o.slack.Views()) == 1 })
	o.interact(t, notifytest.Submit("UANNA", o.slack.Views()[0], map[string]string{"trailwarden-action": "silence", "trailwarden-for": "4h0m0s"}))
	eventually(t, "it is done", func() bool { return len(o.deeds()) == 4 })
	if diff := cmp.Diff(notify.Deed{AlertID: "a4", Action: notify.Silence, By: "anna (Slack UANNA)", For: 4 * time.Hour}, o.deeds()[3]); diff != "" {
		t.Error(diff)
	}
}
