package web

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
	"github.com/trailwarden/trailwarden/alerting/silence"
)

//go:embed pages.html
var pages string

// maxListed bounds the page that lists alerts; the API gives them all.
const maxListed = 500

func (s *Server) listPage(w http.ResponseWriter, r *http.Request) {
	all, err := s.backend.Alerts(r.Context())
	if err != nil {
		s.answer(w, nil, err)
		return
	}
	silences, err := s.backend.Silences(r.Context())
	if err != nil {
		s.answer(w, nil, err)
		return
	}
	now := time.Now()
	silences = slices.DeleteFunc(silences, func(one silence.Silence) bool { return !one.Active(now) })
	live := 0
	for _, a := range all {
		if a.Status.Live() {
			live++
		}
	}
	shown := slices.Clone(all[:min(len(all), maxListed)])
	slices.SortStableFunc(shown, func(a, b *alert.Alert) int { return cmp.Compare(waiting(b), waiting(a)) })
	s.page(w, "list", struct {
		Alerts   []*alert.Alert
		Live     int
		All      int
		Parts    []Part
		Silences []silence.Silence
	}{shown, live, len(all), s.backend.Ready(), silences})
}

// waiting ranks what somebody may have to do something about before all else.
func waiting(a *alert.Alert) int {
	if a.Status.Live() {
		return 1
	}
	return 0
}

func (s *Server) alertPage(w http.ResponseWriter, r *http.Request) {
	a, err := s.backend.Alert(r.Context(), r.PathValue("id"))
	if err != nil {
		s.answer(w, nil, err)
		return
	}
	s.page(w, "alert", a)
}

func (s *Server) page(w http.ResponseWriter, name string, data any) {
	t, err := template.New("pages").Funcs(template.FuncMap{
		"time": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"safe": safetext.Line, "title": wording.Title, "object": wording.Object, "closing": wording.Closing, "suppression": wording.Suppression,
		"account": wording.Account, "sensitivity": wording.Sensitivity, "actor": wording.Actor, "source": wording.Source, "grant": wording.Grant, "blocks": wording.Blocks,
	}).Parse(pages)
	var out bytes.Buffer
	if err == nil {
		err = t.ExecuteTemplate(&out, name, data)
	}
	if err != nil {
		s.log.Error("page not made", zap.Error(err))
		fail(w, http.StatusInternalServerError, "the page cannot be made")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(out.Bytes())
}
