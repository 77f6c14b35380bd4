package main

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

// newEncoder makes an encoder of JSON that a terminal shows as it stands, whoever wrote the text in it.
func newEncoder(w io.Writer) *json.Encoder { return json.NewEncoder(escaped{w}) }

// escaped is a writer of whole JSON texts, or of log lines: what in them is not JSON is our own.
type escaped struct{ to io.Writer }

func (e escaped) Write(text []byte) (int, error) {
	if _, err := e.to.Write(safetext.JSON(text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// visible replaces what a terminal would act on by its escape.
func visible(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// visibleLines is visible for a text of several lines.
func visibleLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return strings.Join(lines, "\n")
}
