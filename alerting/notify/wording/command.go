package wording

import (
	"fmt"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

// Command is a command on one line of at most so many bytes. One that is longer, or that would not be shown as it is, is
// left out rather than cut, since half a policy is no policy: a comment of the shell says so.
func Command(command string, limit int) string {
	line := safetext.Line(command)
	words, _, _ := strings.Cut(line, " '")
	switch {
	case len(command) > limit:
		return safetext.End(fmt.Sprintf("# %d bytes, too long to show here; the API has it: %s", len(command), words), max(limit, 100))
	case line != command:
		return safetext.End("# it has characters that cannot be shown here; the API has it: "+words, max(limit, 100))
	default:
		return line
	}
}
