package slack

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

// Limits of Slack, in bytes where Slack counts characters.
const (
	maxHeader   = 150
	maxText     = 300   // of the sentence shown on phones; Slack would take more
	maxPlain    = 3000  // of a message without blocks
	maxField    = 400   // of a field; Slack takes 2,000
	maxAllJSON  = 12000 // of all blocks as JSON; Slack refuses from about 13,000 characters on
	maxElements = 2500  // of one part of a card at its full size
)

// message is what one post or update holds.
type message struct {
	text   string // one sentence
	plain  string // all of it, for when the blocks are refused
	blocks []slack.Block
}

// card is the message of one alert.
func (n *Notifier) card(a *alert.Alert, told notify.Told) message {
	blocks := fit(func(room int) []slack.Block { return n.cardBlocks(a, told, room) })
	fields := cardFields(a, maxField)
	lines := make([]string, 0, len(fields)+2)
	lines = append(lines, sentence(a))
	for _, f := range fields {
		lines = append(lines, f.label+": "+f.value)
	}
	lines = append(lines, "Alert "+inert(a.ID))
	return message{text: sentence(a), plain: plainText(strings.Join(lines, "\n"), maxPlain), blocks: blocks}
}

// fit builds blocks with less and less room for their parts until Slack will take the whole.
func fit(build func(room int) []slack.Block) []slack.Block {
	for room := maxElements; ; room /= 2 {
		if blocks := build(room); fits(blocks) || room < 100 {
			return blocks
		}
	}
}

// fits reports whether Slack takes that much.
func fits(blocks []slack.Block) bool {
	data, err := json.Marshal(blocks)
	return err == nil && len(data) <= maxAllJSON
}

func (n *Notifier) cardBlocks(a *alert.Alert, told notify.Told, room int) []slack.Block {
	blocks := []slack.Block{slack.NewHeaderBlock(plainObject(wording.Headline(a, maxHeader), maxHeader))}
	blocks = append(blocks, richText(consequence(a, room)...))
	var fields []*slack.TextBlockObject
	for _, f := range cardFields(a, min(maxField, room)) {
		fields = append(fields, plainObject(f.label+"\n"+f.value, maxField+maxField/2))
	}
	blocks = append(blocks, slack.NewSectionBlock(nil, fields, nil))
	if lines := wording.WorstFirst(a); len(lines) > 0 {
		blocks = append(blocks, richText(section(bold(wording.MembersLabel(a)+"\n"), normal(list(lines, room)))))
	}
	if a.Status != alert.Resolved {
		blocks = append(blocks, n.reasons(a, room))
	}
	if a.Status != alert.Resolved || wording.Exposed(a) {
		blocks = append(blocks, whatToDo(a, room))
	}
	if buttons := n.buttons(a); buttons != nil {
		blocks = append(blocks, buttons)
	}
	if link := n.link(a); link != nil {
		blocks = append(blocks, richText(section(link)))
	}
	return append(blocks, footer(a, told))
}

// consequence says what is possible for whom, and how it stands now.
func consequence(a *alert.Alert, room int) []slack.RichTextElement {
	parts := []slack.RichTextSectionElement{normal(safetext.End(inert(wording.Summary(a)), min(room, 1200)))}
	if a.Why != "" && (a.Exposure == nil || a.Attempt) { // the summary of an exposure says it
		parts = append(parts, normal(" "+safetext.End(inert(a.Why), min(room, 400))))
	}
	if still := wording.StillExposed(a); still != "" {
		parts = append(parts, bold("\n"+safetext.End(inert(still), 600)))
	}
	if a.AcknowledgedBy != "" && a.Status != alert.Open { // open again: it got worse
		when := ""
		if a.AcknowledgedAt != nil {
			when = a.AcknowledgedAt.UTC().Format(" at 15:04:05 UTC")
		}
		parts = append(parts, italic("\nAcknowledged by "+safetext.Middle(inert(a.AcknowledgedBy), 80)+when))
	}
	if why := wording.Suppression(a); why != "" {
		parts = append(parts, italic("\nSuppressed (no page): "+safetext.End(inert(why), min(room, 400))))
	}
	if later := wording.Later(a); later != "" {
		parts = append(parts, italic("\n"+safetext.End(inert(later), 250)))
	}
	return []slack.RichTextElement{section(parts...)}
}

// field is one of a card's six.
type field struct{ label, value string }

func cardFields(a *alert.Alert, limit int) []field {
	bucket := wording.Object(a)
	if s := wording.Sensitivity(a); s != "" {
		bucket = safetext.Middle(bucket, limit/2) + " · " + s
	}
	fields := []field{
		{"Account", wording.Account(a)},
		{capital(wording.ObjectLabel(a)), bucket},
		{"Source", wording.Source(a)},
		{"Actor", safetext.Middle(wording.Actor(a), limit/2)},
		{wording.GrantLabel(a), wording.Grant(a)},
	}
	if blocks := wording.Blocks(a); blocks != "" {
		fields = append(fields, field{"Blocked by", blocks})
	}
	for i := range fields {
		fields[i].value = safetext.End(inert(fields[i].value), limit)
		if fields[i].label == "Actor" {
			fields[i].value += "\nUser agent: " + safetext.End(inert(wording.Tool(a)), limit/2)
		}
	}
	return fields
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// reasons explains the score factor by factor.
func (n *Notifier) reasons(a *alert.Alert, room int) slack.Block {
	parts := []slack.RichTextSectionElement{bold(fmt.Sprintf("Score %d\n", a.Score)), normal(list(wording.Factors(a), room))}
	if a.Counterfactual != "" {
		parts = append(parts, italic("\n"+safetext.End(inert(a.Counterfactual), 300)))
	}
	return richText(section(parts...))
}

// whatToDo says what to do, and gives the commands that close what is open, where there are any.
func whatToDo(a *alert.Alert, room int) slack.Block {
	what := a.Do
	if what == "" && len(a.Remediation) == 0 {
		what = "No automatic fix known. Review the change."
	}
	parts := []slack.RichTextSectionElement{bold("What to do "), normal(safetext.End(inert(what), min(room, 500)))}
	if len(a.Remediation) == 0 {
		return richText(section(append(parts, noted(a, room)...)...))
	}
	commands := make([]string, 0, len(a.Remediation))
	for _, c := range a.Remediation {
		commands = append(commands, unbracket(safetext.Unmention(wording.Command(c, room))))
	}
	title := append([]slack.RichTextSectionElement{bold("Commands")}, noted(a, room)...)
	return richText(section(parts...), section(title...), &slack.RichTextPreformatted{
		Type:     slack.RTEPreformatted,
		Elements: []slack.RichTextSectionElement{normal(lines(commands, room))},
	})
}

// noted is what is to be known of the commands.
func noted(a *alert.Alert, room int) []slack.RichTextSectionElement {
	if len(a.RemediationNotes) == 0 {
		return nil
	}
	return []slack.RichTextSectionElement{normal("\n" + list(a.RemediationNotes, min(room, 1200)))}
}

func (n *Notifier) link(a *alert.Alert) slack.RichTextSectionElement {
	if n.opts.Page == nil {
		return nil
	}
	return slack.NewRichTextSectionLinkElement(n.opts.Page(a.ID), "Open alert details", nil)
}

func footer(a *alert.Alert, told notify.Told) slack.Block {
	parts := []string{"Alert " + a.ID, "Rule " + a.RuleID}
	if len(a.EventIDs) > 0 {
		parts = append(parts, "Event "+a.EventIDs[0])
	}
	parts = append(parts, a.EventTime.UTC().Format("2006-01-02 15:04:05 UTC"))
	if len(a.Techniques) > 0 {
		parts = append(parts, strings.Join(a.Techniques, " "))
	}
	if told.Took > 0 {
		parts = append(parts, "sent "+wording.Took(told.Took)+" after the event was received")
	}
	if told.Left != "" {
		parts = append(parts, "continues an earlier message that could not be updated")
	}
	if told.Standing != "" {
		parts = append(parts, told.Standing)
	}
	elements := make([]slack.MixedElement, 0, len(parts))
	for _, p := range parts {
		elements = append(elements, plainObject(inert(p), 200))
	}
	return slack.NewContextBlock("", elements...)
}
