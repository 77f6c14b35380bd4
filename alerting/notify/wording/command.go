package wording

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

// Command is a command on one line of at most so many bytes. One that is longer is left out rather than cut, since half a
// policy is no policy: a comment of the shell says so.
func Command(command string, limit int) string {
	line := safetext.Line(command)
	if len(line) <= limit && len(line) >= len(command) {
		return line
	}
	words, _, _ := strings.Cut(line, " '")
	return safetext.End(fmt.Sprintf("# %d bytes, too long to show here; the alert's page and the API have it: %s", len(command), words), max(limit, 100))
}
