package incident

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxSingly is how many alerts of a rule from a file there are in an account and an hour; what else it matches is told in
// one alert more.
const maxSingly = 100

// hourKey is what the alerts of a rule in an account and an hour are counted by.
func hourKey(account, rule string, at time.Time) string {
	return join(account, rule, strconv.FormatInt(at.Unix()/int64(time.Hour/time.Second), 36))
}

// manyGroup is the group of the alert that tells of all others of a rule.
func manyGroup(kind Kind, account, rule string) string {
	return join(string(kind), account, rule, "", "many")
}

// crowded reports whether a rule from a file has so many alerts in the hour of the event that no more are opened.
func (c *changes) crowded(v *Verdict, kind Kind) bool {
	return v.Rule.Origin != "" && kind != State &&
		c.book.matches[hourKey(c.ev.Record.OwnerAccount(), v.Rule.ID, c.ev.Record.EventTime)] >= maxSingly
}

// addMore counts what the rule matched before the event without being told, and says so.
func (c *changes) addMore(i *Incident, v *Verdict) {
	const begins = " The rule matched "
	a := &i.Alert
	if a.More += c.ev.More[v.Rule.ID]; a.More == 0 {
		return
	}
	text, _, _ := strings.Cut(a.Summary, begins)
	a.Summary = text + begins + fmt.Sprintf("%d more events, which are counted, not listed.", a.More)
}
