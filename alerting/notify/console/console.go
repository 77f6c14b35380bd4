// Package console tells alerts on a terminal, several lines each: for the quickstart, for replay, and for
// whoever pipes them on. Colour is used only where it is asked for, lines are folded to the width that is given,
// and nothing a stranger wrote can move the cursor.
package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

// Options say how to write.
type Options struct {
	Color bool
	Width int // columns; 0: lines are not folded
}

// For gives the options that fit where w leads: colour and folding on a terminal, unless NO_COLOR is set.
func For(w io.Writer) Options {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return Options{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 80
	}
	return Options{Color: os.Getenv("NO_COLOR") == "", Width: width}
}

// Notifier writes to one writer, an alert at a time.
type Notifier struct {
	mu   sync.Mutex
	w    io.Writer
	opts Options
}

var _ notify.Notifier = (*Notifier)(nil)

// New makes a notifier that writes to w.
func New(w io.Writer, opts Options) *Notifier { return &Notifier{w: w, opts: opts} }

// Tell implements notify.Notifier. Every revision is written, the first in full, later ones by their headline.
func (n *Notifier) Tell(_ context.Context, a *alert.Alert, told notify.Told) (notify.Told, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.write(a, told); err != nil {
		return told, err
	}
	told.Revision, told.Status, told.Severity, told.Updates = a.Revision, a.Status, a.Severity, a.UpdateCount()
	return told, nil
}

func (n *Notifier) write(a *alert.Alert, told notify.Told) error {
	if told.Revision == 0 {
		return Render(n.w, a, n.opts)
	}
	p := printer{opts: n.opts}
	p.headline(a)
	for _, u := range a.UpdatesAfter(told.Updates) {
		p.line("  ", "  ", wording.Update(u, a.EventTime))
	}
	p.field("alert", safetext.Line(a.ID))
	return p.flush(n.w)
}

// Render writes an alert in full, with an empty line after it.
func Render(w io.Writer, a *alert.Alert, opts Options) error {
	p := printer{opts: opts}
	p.headline(a)
	p.line("  ", "  ", wording.Summary(a))
	p.line("  ", "  ", wording.StillExposed(a))
	p.field("suppressed", wording.Suppression(a))
	p.field("story", wording.Story(a))
	p.field("account", wording.Account(a))
	p.field(wording.ObjectLabel(a), strings.Trim(wording.Object(a)+" · "+wording.Sensitivity(a), " ·"))
	for _, member := range wording.Members(a) {
		p.field("", "• "+member)
	}
	p.field("source", wording.Source(a))
	p.field("actor", wording.Actor(a))
	p.field("user agent", wording.Tool(a))
	p.field(strings.TrimPrefix(strings.ToLower(wording.GrantLabel(a)), "access "), wording.Grant(a))
	p.field("blocked by", wording.Blocks(a))
	for i, factor := range wording.Factors(a) {
		label := ""
		if i == 0 {
			label = fmt.Sprintf("score %d", a.Score)
		}
		p.field(label, factor)
	}
	if a.Counterfactual != "" {
		p.field("", safetext.Line(a.Counterfactual))
	}
	if a.Status != alert.Resolved || wording.Exposed(a) {
		for i, note := range a.RemediationNotes {
			label := ""
			if i == 0 {
				label = "effect"
			}
			p.field(label, safetext.Line(note))
		}
		for i, command := range a.Remediation {
			label := ""
			if i == 0 {
				label = "fix"
			}
			p.command(label, wording.Command(command, maxCommand))
		}
	}
	p.field("alert", safetext.Line(strings.Join([]string{a.ID, a.RuleID, a.EventTime.UTC().Format("2006-01-02 15:04:05 UTC")}, " · ")))
	p.buf.WriteByte('\n')
	return p.flush(w)
}

// printer gathers the lines of one alert, so that they are written at once.
type printer struct {
	opts Options
	buf  bytes.Buffer
}

const (
	labelWidth = 11
	maxCommand = 64 << 10 // bytes of a command, which is never cut
)

func (p *printer) headline(a *alert.Alert) {
	text := wording.Headline(a, 400)
	for i, line := range fold(text, p.opts.Width, p.opts.Width) {
		if i > 0 {
			line = "  " + line
		}
		if p.opts.Color {
			line = color(a) + line + "\x1b[0m"
		}
		p.buf.WriteString(line + "\n")
	}
}

// color is the escape sequence of a severity; green for what is over.
func color(a *alert.Alert) string {
	switch {
	case a.Status == alert.Resolved:
		return "\x1b[32m"
	case a.Severity >= alert.Critical:
		return "\x1b[1;97;41m"
	case a.Severity == alert.High:
		return "\x1b[1;31m"
	case a.Severity == alert.Medium:
		return "\x1b[1;33m"
	default:
		return "\x1b[36m"
	}
}

func (p *printer) field(label, text string) {
	if text == "" {
		return
	}
	p.line(fmt.Sprintf("  %-*s", labelWidth, label), strings.Repeat(" ", labelWidth+2), text)
}

// command is never folded: it is there to be copied.
func (p *printer) command(label, text string) {
	fmt.Fprintf(&p.buf, "  %-*s%s\n", labelWidth, label, text)
}

func (p *printer) line(first, rest, text string) {
	if text == "" {
		return
	}
	prefix := first
	for _, line := range fold(text, p.opts.Width-len(first), p.opts.Width-len(rest)) {
		p.buf.WriteString(prefix + line + "\n")
		prefix = rest
	}
}

func (p *printer) flush(w io.Writer) error {
	if _, err := w.Write(p.buf.Bytes()); err != nil {
		return fmt.Errorf("write alert: %w", err)
	}
	return nil
}

// fold breaks text at spaces into lines of at most so many characters; a longer word gets a line of its own.
// Less than 20 columns is no width to fold to.
func fold(text string, first, rest int) []string {
	if first < 20 || rest < 20 {
		return []string{text}
	}
	var lines []string
	line, room := "", first
	for word := range strings.SplitSeq(text, " ") {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > room {
			lines = append(lines, line)
			line, room = "", rest
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
