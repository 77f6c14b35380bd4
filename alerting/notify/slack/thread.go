package slack

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

const (
	// maxReply is the length of a reply's text, in bytes; maxIntro is how much of the first one the timeline and the states
	// may take.
	maxReply = 3500
	maxIntro = 3000
)

// reply is one message of a thread, and how far the thread tells with it: the revision is the alert's once it tells all.
type reply struct {
	text             string
	broadcast        bool
	revision         uint64
	updates, members int
}

// piece is what is not divided between replies, and how far the thread tells with it.
type piece struct {
	text             string
	updates, members int
	news             bool
}

// nextReply is the next of what the thread lacks: at first the timeline and the states, then every bucket or resource, then
// what has changed. What is too long for one reply goes on in the next.
func nextReply(a *alert.Alert, told notify.Told) reply {
	all := pieces(a, told)
	r := reply{revision: told.Revision, updates: told.Updates, members: told.Members}
	var text strings.Builder
	for i, p := range all {
		if i > 0 && text.Len()+len(p.text) >= maxReply {
			r.text = text.String()
			return r
		}
		if i > 0 {
			text.WriteByte('\n')
		}
		text.WriteString(p.text)
		r.updates, r.members, r.broadcast = p.updates, p.members, r.broadcast || p.news && told.Timeline
	}
	r.text, r.broadcast = text.String(), r.broadcast || told.Timeline && risen(a, told)
	r.revision, r.updates, r.members = a.Revision, a.UpdateCount(), len(wording.Members(a))
	return r
}

func pieces(a *alert.Alert, told notify.Told) []piece {
	var all []piece
	add := func(text string, updates, members int, news bool) {
		all = append(all, piece{safetext.End(plainText(text, maxReply), maxReply), updates, members, news})
	}
	if !told.Timeline {
		intro := timeline(a)
		if a.Exposure != nil {
			intro = append(intro, "Access: "+access(a))
			for _, reason := range a.Exposure.Reasons {
				intro = append(intro, "• "+reason)
			}
		}
		for i, line := range intro {
			intro[i] = safetext.End(plainText(line, maxReply), maxReply)
		}
		all = append(all, piece{text: lines(intro, maxIntro), updates: told.Updates, members: told.Members})
	}
	fresh := a.UpdatesAfter(told.Updates)
	names := wording.Members(a)
	for i := told.Members; i < len(names); i++ {
		if !told.Timeline || !named(fresh, a, i) {
			add("• "+names[i], told.Updates, i+1, false)
		}
	}
	first := a.UpdateCount() - len(fresh)
	if gap := first - told.Updates; gap > 0 {
		add(fmt.Sprintf("• … %d earlier updates are not listed any more", gap), first, len(names), false)
	}
	for i, u := range fresh {
		text := "• " + wording.Update(u, a.EventTime)
		if i == len(fresh)-1 {
			text += ending(a, told)
		}
		add(text, first+i+1, len(names), slices.Contains([]string{"reopened", "escalated", "live", "reminded"}, u.Kind))
	}
	if told.Fixed {
		add("The message above could not be updated. Current state: "+wording.Headline(a, maxHeader), a.UpdateCount(), len(names), false)
	} else if len(fresh) == 0 && len(all) > 0 {
		all[len(all)-1].text += plainText(ending(a, told), maxHeader)
	}
	return all
}

// ending says how an alert ended whose end the thread does not tell yet.
func ending(a *alert.Alert, told notify.Told) string {
	if a.Status != alert.Resolved || told.Status == alert.Resolved {
		return ""
	}
	return " · " + wording.Closing(a)
}

// named reports whether one of the updates names the bucket of that number by itself.
func named(updates []alert.Update, a *alert.Alert, i int) bool {
	return i < len(a.Buckets) && a.Buckets[i].Bucket != "" && slices.ContainsFunc(updates, func(u alert.Update) bool {
		return strings.Contains(u.Text, a.Buckets[i].Bucket)
	})
}

// access says who can reach the resource; the grant stands before it only where there is one.
func access(a *alert.Alert) string {
	if a.Exposure.Grant == "" {
		return wording.Access(a)
	}
	return wording.Grant(a)
}

// timeline lists what the actor did around the event, and a little of the days before.
func timeline(a *alert.Alert) []string {
	const earlier = 5 // moments of the days before
	all, since := []string{"Actor's activity:"}, a.FirstSeen.UTC().Truncate(24*time.Hour)
	first, _ := slices.BinarySearchFunc(a.Timeline, since, func(m alert.Moment, t time.Time) int { return m.Time.Compare(t) })
	if skipped := first - earlier; skipped > 0 {
		all = append(all, fmt.Sprintf("• … %d earlier events not shown", skipped))
	}
	for _, m := range a.Timeline[max(first-earlier, 0):] {
		all = append(all, "• "+wording.Moment(m, a.EventTime))
	}
	return all
}

func updateLines(a *alert.Alert, told notify.Told) []string {
	var all []string
	for _, u := range a.UpdatesAfter(told.Updates) {
		all = append(all, "• "+wording.Update(u, a.EventTime))
	}
	return all
}

// news reports whether the channel should hear of what is new of the alert: it came back, became more severe, was
// acknowledged and got worse, or its bucket was deleted.
func news(a *alert.Alert, told notify.Told) bool {
	return told.Timeline && (risen(a, told) || slices.ContainsFunc(pieces(a, told), func(p piece) bool { return p.news }))
}

// risen is news as far as the alert itself says it.
func risen(a *alert.Alert, told notify.Told) bool {
	if a.Status == alert.Resolved && told.Status != alert.Resolved && a.ResolvedReason != nil && *a.ResolvedReason == alert.BucketDeleted {
		return true
	}
	return a.Severity > told.Severity || a.Status == alert.Open && told.Status == alert.Acknowledged
}
