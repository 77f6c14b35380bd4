package web

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
	"github.com/trailwarden/trailwarden/alerting/silence"
)

//go:embed pages.html
var pages string

// listed is what the page that lists alerts shows.
type listed struct {
	Alerts    []*alert.Alert
	Live, All int
	MoreLive  string // address of the page with more alerts that are open or acknowledged; empty if there are none
	More      string // address of the page with more of the others, or of the alerts asked for
	Parts     []Part
	Silences  []silence.Silence
}

// maxCommand is more than any command needs: a policy has 20 KB at most.
const maxCommand = 64 << 10

func (s *Server) listPage(w http.ResponseWriter, r *http.Request) {
	l, err := readListing(r.URL.Query())
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	show := listed{Parts: s.backend.Ready()}
	show.Live, show.All, err = s.backend.Tally(r.Context())
	if err == nil {
		err = s.list(r, &l, &show)
	}
	if err == nil {
		show.Silences, err = s.backend.Silences(r.Context())
	}
	if err != nil {
		s.answer(w, nil, err)
		return
	}
	now := time.Now()
	show.Silences = slices.DeleteFunc(show.Silences, func(one silence.Silence) bool { return !one.Active(now) })
	s.page(w, "list", show)
}

// list reads the alerts of the page: those asked for, or else what somebody may have to act on before all others.
func (s *Server) list(r *http.Request, l *listing, show *listed) error {
	if len(l.filter.Status) > 0 || l.cursor != "" {
		page, err := s.backend.Alerts(r.Context(), l.filter, l.limit, l.cursor)
		if show.Alerts = page.Alerts; page.Next != "" {
			show.More = nextPage(r.URL, page.Next)
		}
		return err
	}
	for _, live := range []bool{true, false} {
		filter := l.filter
		var names []string
		for _, status := range alert.Statuses() {
			if status.Live() == live {
				filter.Status, names = append(filter.Status, status), append(names, string(status))
			}
		}
		query := r.URL.Query()
		query.Set("status", strings.Join(names, ","))
		if len(show.Alerts) == l.limit {
			show.More = r.URL.Path + "?" + query.Encode()
			break
		}
		page, err := s.backend.Alerts(r.Context(), filter, l.limit-len(show.Alerts), "")
		if err != nil {
			return err
		}
		show.Alerts = append(show.Alerts, page.Alerts...)
		if page.Next == "" {
			continue
		}
		more := nextPage(&url.URL{Path: r.URL.Path, RawQuery: query.Encode()}, page.Next)
		if live {
			show.MoreLive = more
		} else {
			show.More = more
		}
	}
	return nil
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
		"safe": safetext.Line, "command": func(c string) string { return wording.Command(c, maxCommand) }, "title": wording.Title, "object": wording.Object, "closing": wording.Closing, "suppression": wording.Suppression, "story": wording.Story,
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
