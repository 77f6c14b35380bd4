package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) {
	if err := s.backend.Healthy(); err != nil {
		fail(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	text(w, http.StatusOK, "healthy\n")
}

// serving is for probes: the process works and the API answers. What it cannot do meanwhile is for ready to tell, so that no
// outage elsewhere takes the process out of service, or holds up the roll-out that would mend it.
func (s *Server) serving(w http.ResponseWriter, _ *http.Request) {
	if err := s.backend.Healthy(); err != nil {
		fail(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	text(w, http.StatusOK, "serving\n")
}

// ready tells of every part, one a line, whether it was seen to work.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	status := http.StatusOK
	var b strings.Builder
	for _, p := range s.backend.Ready() {
		state := "ok"
		if p.Err != nil {
			status, state = http.StatusServiceUnavailable, "not ready: "+p.Err.Error()
		}
		if p.Note != "" {
			state += " (" + p.Note + ")"
		}
		fmt.Fprintf(&b, "%s: %s\n", p.Name, safetext.Line(state))
	}
	text(w, status, b.String())
}

func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	do, ok := wish(w, r)
	if !ok {
		return
	}
	if err := s.backend.Reload(r.Context(), do.Hand); err != nil {
		var lines strings.Builder
		for line := range strings.SplitSeq(err.Error(), "\n") {
			lines.WriteString(safetext.Line(line) + "\n")
		}
		text(w, http.StatusUnprocessableEntity, lines.String())
		return
	}
	text(w, http.StatusOK, "reloaded\n")
}

func (s *Server) store(w http.ResponseWriter, r *http.Request) {
	store, err := s.backend.Store(r.Context())
	s.answer(w, store, err)
}

func (s *Server) ledger(w http.ResponseWriter, r *http.Request) {
	ledger, err := s.backend.Ledger(r.Context())
	s.answer(w, ledger, err)
}

// alerts lists alerts, newest first. Where there are more, a Link header names the next page.
func (s *Server) alerts(w http.ResponseWriter, r *http.Request) {
	l, err := readListing(r.URL.Query())
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	page, err := s.backend.Alerts(r.Context(), l.filter, l.limit, l.cursor)
	if err == nil && page.Next != "" {
		w.Header().Set("Link", "<"+nextPage(r.URL, page.Next)+`>; rel="next"`)
	}
	s.answer(w, page.Alerts, err)
}

func (s *Server) alert(w http.ResponseWriter, r *http.Request) {
	a, err := s.backend.Alert(r.Context(), r.PathValue("id"))
	s.answer(w, a, err)
}

// stories lists stories with their parts, newest first. Where there are more, a Link header names the next page.
func (s *Server) stories(w http.ResponseWriter, r *http.Request) {
	l, err := readListing(r.URL.Query())
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	page, err := s.backend.Stories(r.Context(), l.limit, l.cursor)
	if err == nil && page.Next != "" {
		w.Header().Set("Link", "<"+nextPage(r.URL, page.Next)+`>; rel="next"`)
	}
	s.answer(w, page.Stories, err)
}

func (s *Server) story(w http.ResponseWriter, r *http.Request) {
	story, err := s.backend.Story(r.Context(), r.PathValue("id"))
	s.answer(w, story, err)
}

// command acknowledges or resolves in the name that the body gives, or "api".
func (s *Server) command(action string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		do, ok := wish(w, r)
		if !ok {
			return
		}
		do.Action = action
		a, err := s.backend.Command(r.Context(), r.PathValue("id"), do)
		s.answer(w, a, err)
	}
}

// answer writes v as JSON, or the error.
func (s *Server) answer(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, ErrCursor):
		fail(w, http.StatusBadRequest, "cursor: must be the one of the previous page's Link header")
		return
	case errors.Is(err, ErrNoStory):
		fail(w, http.StatusNotFound, "there is no such story; list them with /api/v1/stories")
		return
	case errors.Is(err, ErrNoAlert):
		fail(w, http.StatusNotFound, "there is no such alert; list them with /api/v1/alerts")
		return
	case err != nil:
		s.log.Warn("request not answered", zap.Error(err))
		fail(w, http.StatusServiceUnavailable, "the store does not answer now; try again")
		return
	}
	data, err := json.Marshal(v)
	if err != nil {
		fail(w, http.StatusInternalServerError, "the answer cannot be encoded")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(safetext.JSON(data), '\n'))
}

func fail(w http.ResponseWriter, status int, problem string) {
	data, err := json.Marshal(map[string]string{"error": problem})
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{"error":"internal"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(safetext.JSON(data), '\n'))
}

func text(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
