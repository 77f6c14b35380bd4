package main

import (
	"encoding/json"
	"io"

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
