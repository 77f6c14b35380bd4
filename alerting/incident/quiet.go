package incident

import (
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/silence"
)

// Quieting is everything that can keep an alert from paging: the changes that the settings announce, and the silences.
type Quieting struct {
	Expected []Expected
	Silences []silence.Silence
}

// NextSettling is the first time after now at which the passing of time alone changes what is kept quiet; zero if none
// does.
func (b *Book) NextSettling(now time.Time, q *Quieting) time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for i := range q.Expected {
		sooner(q.Expected[i].Until)
	}
	for i := range q.Silences {
		sooner(q.Silences[i].StartsAt)
		sooner(q.Silences[i].EndsAt)
	}
	for _, i := range b.incidents {
		if i.Word != nil {
			sooner(i.Word.Until)
		}
	}
	return next
}

// why gives why an incident is to be kept quiet now; nil if it is not. A person's word on it goes before the rest.
func (q *Quieting) why(i *Incident, now time.Time) *alert.Suppression {
	if w := i.Word; w != nil && now.Before(w.Until) {
		return w
	}
	if s := i.announced(q.Expected, now); s != nil {
		return s
	}
	if s := silence.Find(q.Silences, &i.Alert, now); s != nil {
		return s.Suppression()
	}
	return nil
}

// Quiet brings an incident into line with what is kept quiet at now: an open one becomes suppressed, a suppressed one
// open again, and it reports whether that changed anything. Whoever acknowledged an alert has it in hand, so that is
// left alone. It raises no revision: who calls it on what an event has changed anyway need not tell of it twice.
func (b *Book) Quiet(i *Incident, now time.Time, q *Quieting) bool {
	a := &i.Alert
	// What was over before anybody heard of it is told as such, unless it would have been kept quiet all the time.
	over := a.Status == alert.Resolved && a.Revision == 1 && a.Suppression == nil
	if a.Status != alert.Open && a.Status != alert.Suppressed && !over {
		return false
	}
	want := q.why(i, now)
	switch {
	case over && want == nil:
		return false
	case over:
		i.keep(want)
	case want == nil && a.Status == alert.Open:
		return false
	case want == nil:
		addUpdate(a, alert.Update{Time: now.UTC(), Kind: "live", Text: "still open after the end of " + reason(a.Suppression)})
		a.Status, a.Suppression, i.Word, i.Told = alert.Open, nil, nil, now
	case a.Status == alert.Suppressed && same(want, a.Suppression):
		return false
	default:
		a.Status = alert.Suppressed
		i.keep(want)
		addUpdate(a, alert.Update{Time: now.UTC(), Kind: "suppressed", Text: reason(want)})
	}
	b.index(i)
	return true
}

// keep notes why nobody is paged.
func (i *Incident) keep(why *alert.Suppression) {
	kept := *why
	i.Alert.Suppression = &kept
	if kept.Kind == alert.BySilence {
		i.Alert.SilencedBy = appendNew(i.Alert.SilencedBy, kept.ID)
	}
}

func same(x, y *alert.Suppression) bool {
	return y != nil && x.Kind == y.Kind && x.ID == y.ID && x.By == y.By && x.Reason == y.Reason && x.Until.Equal(y.Until)
}

// Renew raises the revision of every open incident that want names, and returns those: others are to be told of it now.
func (b *Book) Renew(now time.Time, want func(*Incident) bool) []*Incident {
	var out []*Incident
	for _, i := range b.All() {
		if i.Alert.Status == alert.Open && want(i) {
			addUpdate(&i.Alert, alert.Update{Time: now.UTC(), Kind: "unmuted", Text: "still open after a mute time"})
			i.Alert.Revision++
			out = append(out, i)
		}
	}
	return out
}

// Settle is Quiet for every incident, with the revision of each that changed raised, and returns those.
func (b *Book) Settle(now time.Time, q *Quieting) []*Incident {
	var out []*Incident
	for _, i := range b.All() {
		if i.Alert.Status != alert.Resolved && b.Quiet(i, now, q) {
			i.Alert.Revision++
			out = append(out, i)
		}
	}
	return out
}
