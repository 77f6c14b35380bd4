package slack

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

// unbracket replaces the brackets of Slack's markup by marks that look like them, so that a mention written by a
// stranger is dead in whatever way a client reads the text. No name in AWS holds such a bracket.
func unbracket(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "<", "‹"), ">", "›")
}

// inert makes text safe to stand in any of Slack's text objects.
func inert(s string) string { return unbracket(safetext.Defang(safetext.Line(s))) }

// plainText makes the text of a message without blocks: Slack reads markup in it unless told not to, so fences
// go as well, and & takes the room of its escaped form. Line breaks stay.
func plainText(s string, limit int) string {
	parts := strings.Split(s, "\n")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(inert(p), "`", "'")
	}
	s = strings.Join(parts, "\n")
	return safetext.End(s, max(limit-4*strings.Count(s, "&"), 0))
}

// sentence is the alert in one sentence, for phones and screen readers.
func sentence(a *alert.Alert) string { return plainText(wording.Sentence(a, maxText), maxText) }

// plainObject is text in which Slack looks for nothing; it is never empty, which Slack would refuse.
func plainObject(s string, limit int) *slack.TextBlockObject {
	parts := strings.Split(s, "\n")
	for i, p := range parts {
		parts[i] = inert(p)
	}
	return slack.NewTextBlockObject(slack.PlainTextType, notEmpty(safetext.End(strings.Join(parts, "\n"), limit)), false, false)
}

func richText(elements ...slack.RichTextElement) slack.Block {
	return slack.NewRichTextBlock("", elements...)
}

func section(elements ...slack.RichTextSectionElement) slack.RichTextElement {
	return slack.NewRichTextSection(elements...)
}

func normal(s string) slack.RichTextSectionElement {
	return slack.NewRichTextSectionTextElement(notEmpty(s), nil)
}

func bold(s string) slack.RichTextSectionElement {
	return slack.NewRichTextSectionTextElement(notEmpty(s), &slack.RichTextSectionTextStyle{Bold: true})
}

func italic(s string) slack.RichTextSectionElement {
	return slack.NewRichTextSectionTextElement(notEmpty(s), &slack.RichTextSectionTextStyle{Italic: true})
}

func notEmpty(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// list puts a bullet before each line.
func list(all []string, room int) string {
	bulleted := make([]string, len(all))
	for i, line := range all {
		bulleted[i] = "• " + inert(line)
	}
	return lines(bulleted, room)
}

// lines joins whole lines as long as there is room, and counts what is left out.
func lines(all []string, room int) string {
	var b strings.Builder
	for i, line := range all {
		line = safetext.End(line, max(room, 100))
		if i > 0 && b.Len()+len(line) > room {
			fmt.Fprintf(&b, "\n… and %d more", len(all)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
	return b.String()
}
