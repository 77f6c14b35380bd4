package slack

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

const (
	// maxDigest is how many alerts share one message, so that each has a line that names it in full.
	maxDigest = 25
	// maxLine is the length of such a line's first half, in bytes; it holds the longest title and bucket name.
	maxLine = 220
)

// Most is how many alerts one digest can name.
func (*Notifier) Most() int { return maxDigest }

// TellDigest implements notify.Digester. The state of the message itself is kept with its first alert.
func (n *Notifier) TellDigest(ctx context.Context, alerts []*alert.Alert, told []notify.Told) ([]notify.Told, error) {
	d := digest{n: n, alerts: alerts, told: append([]notify.Told(nil), told...)}
	return d.told, d.tell(ctx)
}

// digest is the message of several alerts, the first of which leads: its Told holds the message's place.
type digest struct {
	n      *Notifier
	alerts []*alert.Alert
	told   []notify.Told
}

func (d *digest) tell(ctx context.Context) error {
	var err error
	lead, before := d.whole(), d.told[0]
	switch {
	case before.TS == "":
		ids := d.ids()
		for i := range d.told {
			d.told[i].Digest = ids
		}
		before.Digest = ids
		d.told[0], err = d.n.open(ctx, before, lead, d.message(), map[string]any{keyID: lead.ID, keyIDs: ids})
		if before.TS == "" && d.told[0].Shown == lead.Revision && d.told[0].TS != "" {
			d.each(shown)
			d.each(threaded)
		}
	case d.any(func(a *alert.Alert, t notify.Told) bool { return t.Shown < a.Revision }):
		before.Shown = 0
		d.told[0], err = d.n.update(ctx, before, lead, d.message(), map[string]any{keyID: lead.ID, keyIDs: d.ids()})
		fixed := d.told[0].Fixed
		d.each(func(_ *alert.Alert, t notify.Told) notify.Told { t.Fixed = fixed; return t })
		if d.told[0].Shown == lead.Revision {
			d.each(shown)
		}
	case d.any(unthreaded):
		err = d.reply(ctx, lead)
	default:
		d.each(threaded)
	}
	return err
}

// whole is the lead with a revision that grows with every member's, which stands in the message's metadata.
func (d *digest) whole() *alert.Alert {
	lead := *d.alerts[0]
	lead.Revision = 0
	for _, a := range d.alerts {
		lead.Revision += a.Revision
	}
	return &lead
}

func (d *digest) ids() []string {
	ids := make([]string, len(d.alerts))
	for i, a := range d.alerts {
		ids[i] = a.ID
	}
	return ids
}

func (d *digest) any(holds func(*alert.Alert, notify.Told) bool) bool {
	for i, a := range d.alerts {
		if holds(a, d.told[i]) {
			return true
		}
	}
	return false
}

func (d *digest) each(change func(*alert.Alert, notify.Told) notify.Told) {
	for i, a := range d.alerts {
		d.told[i] = change(a, d.told[i])
	}
}

func shown(a *alert.Alert, t notify.Told) notify.Told {
	t.Shown = a.Revision
	return t
}

func threaded(a *alert.Alert, t notify.Told) notify.Told {
	t.Timeline, t.Updates = true, a.UpdateCount()
	return finish(t, a)
}

func unthreaded(a *alert.Alert, t notify.Told) bool {
	return t.Updates < a.UpdateCount() || t.Fixed && t.Revision < a.Revision
}

// reply tells the thread of as many members that have changed as one reply has room for.
func (d *digest) reply(ctx context.Context, lead *alert.Alert) error {
	before := d.told[0]
	before.Revision = 0
	for _, t := range d.told {
		before.Revision += t.Revision
	}
	r := reply{revision: before.Revision, updates: before.Updates, members: before.Members}
	var in []int
	for i, a := range d.alerts {
		told := d.told[i]
		if !unthreaded(a, told) {
			continue
		}
		all := append([]string{wording.Headline(a, maxLine)}, updateLines(a, told)...)
		for i, line := range all {
			all[i] = plainText(line, maxReply)
		}
		text := lines(all, maxReply)
		if len(in) > 0 && len(r.text)+len(text) >= maxReply {
			break
		}
		if len(in) > 0 {
			text = "\n" + text
		}
		in, r.text, r.broadcast = append(in, i), r.text+text, r.broadcast || news(a, told)
		r.revision += a.Revision - told.Revision
	}
	told, err := d.n.reply(ctx, before, lead.ID, r)
	if told.TS == "" { // moved
		d.told[0] = told
		return err
	}
	d.told[0].Attempting, d.told[0].Unsure = told.Attempting, told.Unsure
	if told.Revision == r.revision {
		for _, i := range in {
			d.told[i] = threaded(d.alerts[i], d.told[i])
		}
	}
	return err
}

// message names every alert and every bucket.
func (d *digest) message() message {
	worst, counts := d.alerts[0], map[alert.Severity]int{}
	for _, a := range d.alerts {
		counts[a.Severity]++
		if a.Severity > worst.Severity || a.Severity == worst.Severity && a.Score > worst.Score {
			worst = a
		}
	}
	var parts []string
	for s := alert.Critical; ; s-- {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], strings.ToUpper(s.String())))
		}
		if s == alert.Info {
			break
		}
	}
	head := fmt.Sprintf("%d alerts · %s", len(d.alerts), strings.Join(parts, ", "))
	text := plainText(fmt.Sprintf("%s. Most severe: %s", head, wording.Sentence(worst, maxText)), maxText)
	return message{
		text:   text,
		plain:  plainText(head+"\n"+strings.Join(d.lines(maxLine), "\n"), maxAllJSON),
		blocks: d.blocks(head),
	}
}

// blocks are the lines, each with a link to its alert's page unless the links take room that names need, and the buttons.
func (d *digest) blocks(head string) []slack.Block {
	header := slack.NewHeaderBlock(plainObject(head, maxHeader))
	whole := func(text ...slack.RichTextSectionElement) []slack.Block {
		all := []slack.Block{header, richText(section(text...))}
		if buttons := d.n.digestButtons(d.alerts); buttons != nil {
			all = append(all, buttons)
		}
		return all
	}
	if d.n.opts.Page != nil {
		var parts []slack.RichTextSectionElement
		for i, line := range d.lines(maxLine) {
			parts = append(parts, normal(line+" "), slack.NewRichTextSectionLinkElement(d.n.opts.Page(d.alerts[i].ID), "details", nil), normal("\n"))
		}
		if blocks := whole(parts...); fits(blocks) {
			return blocks
		}
	}
	return fit(func(room int) []slack.Block { return whole(normal(strings.Join(d.lines(min(maxLine, room)), "\n"))) })
}

// lines describes each member, with the names of all its buckets.
func (d *digest) lines(limit int) []string {
	all := make([]string, 0, len(d.alerts))
	for _, a := range d.alerts {
		var line strings.Builder
		line.WriteString("• " + wording.Headline(a, limit))
		for _, b := range a.Buckets[min(1, len(a.Buckets)):] {
			line.WriteString(", " + safetext.Middle(safetext.Line(b.Bucket), 70))
		}
		if limit == maxLine {
			line.WriteString(" · " + safetext.Middle(wording.Actor(a), 60) + " from " + safetext.End(wording.Source(a), 80))
		}
		all = append(all, inert(line.String()))
	}
	return all
}
