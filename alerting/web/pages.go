package web

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
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
	live := 0
	for _, a := range all {
		if a.Status.Live() {
			live++
		}
	}
	s.page(w, "list", struct {
		Alerts []*alert.Alert
		Live   int
		All    int
		Parts  []Part
	}{all[:min(len(all), maxListed)], live, len(all), s.backend.Ready()})
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
		"safe": safetext.Line,
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
