package alerting

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/story"
)

// ErrNoStory says that no stored story has the id.
var ErrNoStory = errors.New("no such story")

// stories are the entries of an index by their stories.
type stories struct {
	heads []int            // newest first: of every story the first alert, or the oldest that is still stored
	parts map[string][]int // of stories of several stored alerts, or without their first, all of them, newest first
}

func storiesOf(entries []indexed) stories {
	s := stories{parts: map[string][]int{}}
	for n := range entries {
		if e := &entries[n]; e.story != e.id {
			s.parts[e.story] = append(s.parts[e.story], n)
		}
	}
	first := map[string]int{} // of stories that lost their first alert
	for id, parts := range s.parts {
		first[id] = parts[len(parts)-1]
	}
	for n := range entries {
		e := &entries[n]
		if _, several := s.parts[e.id]; e.story == e.id && several {
			s.parts[e.id] = append(s.parts[e.id], n)
			first[e.id] = n
		}
	}
	for n := range entries {
		e := &entries[n]
		if of, several := first[e.story]; !several || of == n {
			s.heads = append(s.heads, n)
		}
	}
	for _, parts := range s.parts {
		slices.Sort(parts)
	}
	return s
}

// of lists the entries of a story, newest first; nil if there are none. head is one of them.
func (s *stories) of(entries []indexed, id string, head int) []int {
	if parts := s.parts[id]; parts != nil {
		return parts
	}
	if head < 0 {
		head = slices.IndexFunc(entries, func(e indexed) bool { return e.id == id && e.story == id })
	}
	if head < 0 {
		return nil
	}
	return []int{head}
}

// severity is that of a story of these entries.
func severity(entries []indexed, parts []int) alert.Severity {
	all := make([]story.Part, len(parts))
	for n, at := range parts {
		e := &entries[at]
		all[n] = story.Part{
			ID: e.id, Severity: e.severity, Live: e.status.Live(), Steps: e.steps,
			First: time.UnixMilli(e.first), Last: time.UnixMilli(e.last),
		}
	}
	return story.Severity(all)
}

// stamp brings what alerts say of their stories up to date; nil alerts are passed over. An alert of an earlier program is a
// story by itself.
func (s *stories) stamp(entries []indexed, alerts ...*alert.Alert) {
	for _, a := range alerts {
		if a == nil {
			continue
		}
		ref := alert.StoryRef{ID: a.ID, Severity: a.Severity, Alerts: 1, Actor: actorName(a)}
		if a.Story != nil {
			ref.ID, ref.Actor = a.Story.ID, a.Story.Actor
		}
		if parts := s.parts[ref.ID]; len(parts) > 0 {
			ref.Severity, ref.Alerts = severity(entries, parts), len(parts)
		} else if a.Story != nil {
			ref.Severity = a.Story.Severity
		}
		a.Story = &ref
	}
}

func actorName(a *alert.Alert) string {
	if a.Actor.Session != "" {
		return a.Actor.Session
	}
	return a.Actor.Name
}

// Story gives one story with its parts; ErrNoStory if there is none with the id.
func (q *Query) Story(ctx context.Context, id string) (*alert.Story, error) {
	entries, all, err := q.index.latest(ctx, q.Alerts)
	if err != nil {
		return nil, err
	}
	s, _, err := q.story(ctx, entries, all.of(entries, id, -1))
	if s == nil && err == nil {
		err = ErrNoStory
	}
	return s, err
}

// Stories gives at most limit stories, newest first, behind the one that the cursor names. The error is ErrCursor for a cursor
// that no page came with.
func (q *Query) Stories(ctx context.Context, limit int, cursor string) (alert.StoryPage, error) {
	page := alert.StoryPage{Stories: []*alert.Story{}}
	entries, all, err := q.index.latest(ctx, q.Alerts)
	if err != nil {
		return page, err
	}
	from, err := behind(entries, cursor)
	if err != nil {
		return page, err
	}
	at, _ := slices.BinarySearch(all.heads, from)
	for size := 0; at < len(all.heads) && len(page.Stories) < limit && size < pageBytes; at++ {
		head := all.heads[at]
		s, bytes, err := q.story(ctx, entries, all.of(entries, entries[head].story, head))
		if err != nil {
			return page, err
		}
		if s != nil {
			page.Stories = append(page.Stories, s)
		}
		size += bytes
		page.Next = entries[head].cursor()
	}
	if at == len(all.heads) {
		page.Next = ""
	}
	return page, nil
}

// story reads the story of these entries, and gives how many bytes were read; nil if none of its alerts is stored any more.
func (q *Query) story(ctx context.Context, entries []indexed, parts []int) (*alert.Story, int, error) {
	var some []*indexed
	for _, at := range slices.Backward(parts) {
		if len(some) < alert.MaxStoryParts {
			some = append(some, &entries[at])
		}
	}
	read, size, err := q.read(ctx, some)
	if err != nil {
		return nil, 0, err
	}
	var s *alert.Story
	for _, a := range read {
		switch {
		case a == nil:
			continue
		case s == nil:
			s = &alert.Story{
				ID: a.ID, Severity: severity(entries, parts), AccountID: a.AccountID, AccountName: a.AccountName, Actor: actorName(a),
				FirstSeen: a.FirstSeen, LastSeen: a.LastSeen, Alerts: len(parts), Parts: []alert.Part{},
			}
			if a.Story != nil {
				s.ID, s.Actor = a.Story.ID, a.Story.Actor
			}
		case a.LastSeen.After(s.LastSeen):
			s.LastSeen = a.LastSeen
		}
		s.Parts = append(s.Parts, a.Part())
	}
	return s, size, nil
}
