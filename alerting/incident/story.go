package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/story"
)

// maxMade bounds what an incident remembers of what its events made.
const maxMade = 200

// LimitStories sets how many stories the book holds at most.
func (b *Book) LimitStories(n int) { b.stories.Limit(n) }

// story puts an incident that the event changed into the story of the event's actor, if it is in none, and notes what the
// event adds to the story's episode. All alerts of one event are in one story.
func (c *changes) story(i *Incident) {
	a, at := &i.Alert, c.ev.Record.EventTime
	if i.Group == manyGroup(i.Kind, a.AccountID, a.RuleID) { // it tells of many actors
		if a.Story == nil {
			c.book.begin(i, at)
		}
		return
	}
	keys := story.Keys(a.AccountID, c.ev.Actor, c.ev.Record)
	of := c.storyID
	if of == "" {
		of = c.book.stories.Find(keys, at)
	}
	switch {
	case a.Story == nil:
		c.storyID = cmp.Or(of, a.ID)
		a.Story = &alert.StoryRef{ID: c.storyID, Actor: story.Name(c.ev.Actor)}
		i.Story = story.Member{From: at, Until: at}
		if len(keys) > 0 {
			i.Story.Keys = keys[len(keys)-1:]
		}
		c.remember(i)
		c.book.restoreStory(i)
	case of == a.Story.ID && c.book.stories.Within(of, at):
		c.remember(i)
	}
}

// made notes what an event made that is not told, as where its actor usually makes such things, for the story that the actor
// has. It is stored with the next alert of the story.
func (c *changes) made() {
	account := c.ev.Record.OwnerAccount()
	if made := story.Made(account, c.ev.Record); len(made) > 0 && len(c.touched) == 0 {
		of := c.book.stories.Find(story.Keys(account, c.ev.Actor, c.ev.Record), c.ev.Record.EventTime)
		c.book.stories.Hold(of, made)
	}
}

// remember adds an event of the story's actor to what an incident remembers for the story.
func (c *changes) remember(i *Incident) {
	m, at := &i.Story, c.ev.Record.EventTime
	if at.Before(m.From) {
		m.From = at
	}
	if at.After(m.Until) {
		m.Until = at
	}
	m.Own = m.Own || story.ToItself(c.ev.Actor, c.ev.Record)
	for _, key := range append(c.book.stories.Held(i.Alert.Story.ID), story.Made(i.Alert.AccountID, c.ev.Record)...) {
		if len(m.Keys) < maxMade {
			m.Keys = appendNew(m.Keys, key)
		}
	}
}

// begin makes an incident that no event opened a story by itself.
func (b *Book) begin(i *Incident, at time.Time) {
	i.Alert.Story = &alert.StoryRef{ID: i.Alert.ID, Actor: i.Alert.Actor.Name}
	i.Story = story.Member{From: at, Until: at}
	b.restoreStory(i)
	b.RefreshStories(i)
}

// RefreshStories brings the stories of incidents up to what became of them, and these incidents to what became of their
// stories. That alone is no change of the other incidents: what is stored of them is brought up to date when they are read,
// or change themselves. An incident whose story is not in memory any more keeps what it says of it.
func (b *Book) RefreshStories(incidents ...*Incident) {
	known := func(i *Incident) bool { return i.Alert.Story != nil && b.stories.Has(i.Alert.Story.ID) }
	for _, i := range incidents {
		if known(i) {
			b.restoreStory(i)
		}
	}
	for _, i := range incidents {
		if known(i) {
			i.Alert.Story = b.stories.Ref(i.Alert.Story.ID)
		}
	}
}

// restoreStory notes an incident in its story; one of an earlier program has none.
func (b *Book) restoreStory(i *Incident) {
	a := &i.Alert
	if a.Story == nil {
		return
	}
	if b.incidents[a.ID] == i {
		i.Story.Steps = story.StepsOf(a, i.Story.Own)
	}
	b.stories.Put(a.Story.ID, a.Story.Actor, &i.Story, story.Part{
		ID: a.ID, Severity: a.Severity, Live: a.Status.Live(), First: a.FirstSeen, Last: a.LastSeen, Steps: i.Story.Steps,
	})
}

// leads gives for every verdict the one whose alert tells it: itself, or the worst of the rules that see the same deed in the
// event. A deed that an event can end, and one that is told by how often it was done, is told by itself.
func (ev *Event) leads() []*Verdict {
	out := make([]*Verdict, len(ev.Verdicts))
	for n := range ev.Verdicts {
		v := &ev.Verdicts[n]
		out[n] = v
		if !ev.folds(v) {
			continue
		}
		for m := range ev.Verdicts {
			w := &ev.Verdicts[m]
			if ev.folds(w) && w.Hit.Attempt == v.Hit.Attempt && w.Hit.Bucket == v.Hit.Bucket && w.Hit.Resource == v.Hit.Resource && w.outweighs(out[n]) {
				out[n] = w
			}
		}
	}
	return out
}

// folds reports whether a verdict may be told in the alert of another.
func (ev *Event) folds(v *Verdict) bool {
	several := slices.ContainsFunc(v.Rule.Events, func(e string) bool { return e == detect.OnBurst || e == detect.OnMoved })
	return v.Change == nil && !several && v.Rule.Correlation == nil && !v.Hit.Closes && v.Hit.Episode == "" && len(v.Hit.Lasts) == 0 &&
		ev.Record.EventName != deleteBucket
}

// outweighs reports whether a verdict is worse than another, or as bad and of an earlier rule.
func (v *Verdict) outweighs(w *Verdict) bool {
	return v.Score.Severity > w.Score.Severity || v.Score.Severity == w.Score.Severity && v.Score.Score > w.Score.Score
}

// addRules names in the alerts that the event changed the rules that are told in them.
func (c *changes) addRules(leads []*Verdict) {
	for n, lead := range leads {
		v := &c.ev.Verdicts[n]
		if lead == v {
			continue
		}
		for _, i := range c.touched {
			if i.Kind != Exposure && i.Alert.Attempt == v.Hit.Attempt && slices.Contains(i.Alert.Rules, lead.Rule.ID) {
				c.addRule(&i.Alert, v)
			}
		}
	}
}
