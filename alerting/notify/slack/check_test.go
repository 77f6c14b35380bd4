package slack_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/notifytest"
)

// What would refuse the first alert is found out before, and names the channel.
func TestTheCheckFindsWhatWouldRefuseAnAlert(t *testing.T) {
	for name, c := range map[string]struct {
		spoil   func(*notifytest.Slack)
		want    string
		refused bool
	}{
		"archived":              {func(s *notifytest.Slack) { s.Archived = true }, "is archived", true},
		"not invited":           {func(s *notifytest.Slack) { s.NotMember = true }, "the bot is not in it", true},
		"missing":               {func(s *notifytest.Slack) { s.Channel = "C999" }, "channel_not_found", true},
		"may not know":          {func(s *notifytest.Slack) { s.NoChannelInfo = true }, "add the scope channels:read", false},
		"may write everywhere":  {func(s *notifytest.Slack) { s.NotMember, s.Scopes = true, "chat:write,chat:write.public" }, "", false},
		"everything as it must": {func(*notifytest.Slack) {}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c.spoil(b.slack)
			err := b.n.Check(t.Context())
			_, refused := errors.AsType[*notify.CredentialError](err)
			_, untold := errors.AsType[*notify.UntoldError](err)
			if refused != c.refused || untold != (c.want != "" && !c.refused) {
				t.Errorf("got %v", err)
			}
			if c.want != "" && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "channel C0123456789")) {
				t.Errorf("got %v", err)
			}
			if _, err := b.tell(notifytest.KopsState(), notify.Told{}); (err != nil) != c.refused || err != nil && !strings.Contains(err.Error(), "channel C0123456789") {
				t.Errorf("telling: %v", err)
			}
		})
	}
}

// A socket that somebody else holds open may take clicks: that is said.
func TestOtherSocketsAreNoticed(t *testing.T) {
	o := newOffice(t, nil)
	o.connected(t)
	o.slack.Others = 1
	o.slack.HangUp()
	eventually(t, "it is said", func() bool {
		err := o.desk.Ready()
		return err != nil && strings.Contains(err.Error(), "2 connections are open")
	})
}
