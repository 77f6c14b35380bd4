package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/silence"
)

// Silencer keeps the silences.
type Silencer interface {
	// Silences lists all silences, those that ended lately as well.
	Silences(ctx context.Context) ([]silence.Silence, error)
	// AddSilence stores a silence that Check found nothing wrong with, and gives it with its id.
	AddSilence(ctx context.Context, s silence.Silence, hand Hand) (silence.Silence, error)
	// ExpireSilence ends a silence now; silence.ErrNone if there is none with that id.
	ExpireSilence(ctx context.Context, id string, hand Hand) (silence.Silence, error)
}

// previewDays is how far the preview of a silence looks back.
const previewDays = 30

// previewed is the answer to a silence that was added, or only tried out.
type previewed struct {
	Silence silence.Silence `json:"silence"`
	Days    int             `json:"days"`
	// Count is how many alerts it would have hidden in that many days, and Hidden the newest of them, newest first.
	Count  int      `json:"count"`
	Hidden []hidden `json:"would_have_hidden"`
}

type hidden struct {
	ID        string         `json:"id"`
	Title     string         `json:"title"`
	Severity  alert.Severity `json:"severity"`
	Status    alert.Status   `json:"status"`
	Bucket    string         `json:"bucket"`
	AccountID string         `json:"account_id"`
	FirstSeen time.Time      `json:"first_seen"`
}

func (s *Server) silences(w http.ResponseWriter, r *http.Request) {
	all, err := s.backend.Silences(r.Context())
	if all == nil {
		all = []silence.Silence{}
	}
	s.answer(w, all, err)
}

// addSilence stores a silence, or with dry_run=true only says what it would have hidden.
func (s *Server) addSilence(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	dryRun := r.URL.Query().Get("dry_run")
	if dryRun != "" && dryRun != "true" && dryRun != "false" {
		fail(w, http.StatusBadRequest, "dry_run: must be true or false")
		return
	}
	var body struct {
		silence.Silence
		Duration string `json:"duration"` // instead of ends_at
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		fail(w, http.StatusBadRequest, `the body is not JSON like {"bucket": "www-*", "author": "alice", "comment": "moving", "duration": "2h"}: `+safetext.Line(err.Error()))
		return
	}
	if body.StartsAt.IsZero() {
		body.StartsAt = now
	}
	if body.Duration != "" {
		d, err := time.ParseDuration(body.Duration)
		if err != nil {
			fail(w, http.StatusBadRequest, "duration is none; give it like 90m or 48h")
			return
		}
		body.EndsAt = body.StartsAt.Add(d)
	}
	if err := body.Check(now); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	out, err := s.preview(r.Context(), body.Silence, now)
	if err == nil && dryRun != "true" {
		by := hand(r, body.Author)
		body.Author = by.By
		out.Silence, err = s.backend.AddSilence(r.Context(), body.Silence, by)
	}
	if full, ok := errors.AsType[*silence.FullError](err); ok {
		fail(w, http.StatusConflict, full.Error())
		return
	}
	s.answer(w, out, err)
}

// maxHidden bounds the alerts that a preview names; the newest are named.
const maxHidden = 1000

func (s *Server) preview(ctx context.Context, one silence.Silence, now time.Time) (*previewed, error) {
	since := now.AddDate(0, 0, -previewDays)
	found := map[string]hidden{}
	err := s.backend.EachAlert(ctx, func(a *alert.Alert) error {
		if delete(found, a.ID); one.WouldHide(a, since) {
			found[a.ID] = hidden{a.ID, a.Title, a.Severity, a.Status, a.Bucket, a.AccountID, a.FirstSeen}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := slices.SortedFunc(maps.Values(found), func(a, b hidden) int {
		return cmp.Or(b.FirstSeen.Compare(a.FirstSeen), cmp.Compare(a.ID, b.ID))
	})
	return &previewed{Silence: one, Days: previewDays, Count: len(all), Hidden: append([]hidden{}, all[:min(len(all), maxHidden)]...)}, nil
}

func (s *Server) expireSilence(w http.ResponseWriter, r *http.Request) {
	do, ok := wish(w, r)
	if !ok {
		return
	}
	one, err := s.backend.ExpireSilence(r.Context(), r.PathValue("id"), do.Hand)
	if errors.Is(err, silence.ErrNone) {
		fail(w, http.StatusNotFound, "there is no such silence; list them with /api/v1/silences")
		return
	}
	s.answer(w, one, err)
}
