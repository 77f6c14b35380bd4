package web

import (
	"encoding/json"
	"io"
	"net"
	"net/http"

	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/silence"
)

// Hand is who does something through the API, for the log and for those who read it later.
type Hand struct {
	// By is the name the caller gives, or "api"; of who came with a client certificate, the name in it is told as well.
	By string
	// Source is the address it came from.
	Source string
}

// maxName bounds a name, in bytes.
const maxName = 200

// hand is who makes a request in a claimed name. A name is only as good as the token; a certificate vouches for its own.
func hand(r *http.Request, claimed string) Hand {
	h := Hand{By: safetext.Middle(safetext.Line(claimed), maxName)}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		h.Source = host
	}
	vouched := ""
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		vouched = safetext.Middle(safetext.Line(r.TLS.VerifiedChains[0][0].Subject.CommonName), maxName)
	}
	switch {
	case h.By == "" && vouched == "":
		h.By = "api"
	case h.By == "":
		h.By = vouched
	case vouched != "" && vouched != h.By:
		h.By += " (certificate " + vouched + ")"
	}
	return h
}

// wish reads the body of a request to do something: a name and a reason, both of which may be left out. It answers what
// is no wish itself.
func wish(w http.ResponseWriter, r *http.Request) (do Command, ok bool) {
	var said struct{ By, Reason string }
	body, err := io.ReadAll(r.Body)
	if err == nil && len(body) > 0 {
		err = json.Unmarshal(body, &said)
	}
	if err != nil {
		fail(w, http.StatusBadRequest, `the body is not JSON like {"by": "alice", "reason": "planned"}`)
		return do, false
	}
	if said.Reason != "" {
		if err := silence.CheckReason("reason", said.Reason); err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return do, false
		}
	}
	return Command{Reason: said.Reason, Hand: hand(r, said.By)}, true
}
