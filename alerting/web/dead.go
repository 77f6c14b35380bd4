package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Letter is a dead letter: what a stage could not use, or a receiver would not take.
type Letter struct {
	Sequence uint64    `json:"sequence"`
	Stage    string    `json:"stage"`
	ID       string    `json:"id"` // where it came from
	Reason   string    `json:"reason"`
	Time     time.Time `json:"time"`
	Size     int       `json:"size"` // bytes; more than are shown when only the head was kept
	Text     string    `json:"text,omitempty"`
	Data     []byte    `json:"data,omitempty"` // instead of Text where it is none
}

// Undertaker keeps the dead letters.
type Undertaker interface {
	// Letters calls visit for every dead letter of a stage, or of all stages when it is empty, with a sequence above
	// after, oldest first. An error of visit ends it and is returned.
	Letters(ctx context.Context, stage string, after uint64, visit func(l Letter) error) error
	// Letter gives one letter and its data; ErrNoLetter if there is none.
	Letter(ctx context.Context, sequence uint64) (l Letter, data []byte, err error)
	// Resend tells a receiver again what it refused, or reads again what could not be read, and drops the letter;
	// ErrNoLetter if there is none, a *ResendError if that cannot be done.
	Resend(ctx context.Context, sequence uint64, hand Hand) error
	// DropLetter gives a letter up; ErrNoLetter if there is none.
	DropLetter(ctx context.Context, sequence uint64, hand Hand) error
	// DropLetters gives up all letters of a stage and says how many there were.
	DropLetters(ctx context.Context, stage string, hand Hand) (dropped uint64, err error)
}

// ErrNoLetter says that there is no dead letter of that sequence.
var ErrNoLetter = errors.New("no such dead letter")

// ResendError says why a letter cannot be sent again, and what to do instead.
type ResendError struct{ Reason string }

// Error implements error.
func (e *ResendError) Error() string { return e.Reason }

// DeadStages are the stages that have dead letters.
func DeadStages() []string { return []string{"consumer", "enrich", "alerting", "notify"} }

// deadStage checks the name of a stage.
func deadStage(stage string) error {
	if !slices.Contains(DeadStages(), stage) {
		return fmt.Errorf("stage: unknown stage %s: use consumer, enrich, alerting or notify", echo(stage))
	}
	return nil
}

// letters lists letters, oldest first. Where there are more, a Link header names the next page.
func (s *Server) letters(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	stage, after, limit := query.Get("stage"), uint64(0), defaultLimit
	var errs []error
	if stage != "" {
		errs = append(errs, deadStage(stage))
	}
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			errs = append(errs, fmt.Errorf("limit: must be a number from 1 to %d", maxLimit))
		}
	}
	if text := query.Get("cursor"); text != "" {
		var err error
		if after, err = strconv.ParseUint(text, 10, 64); err != nil {
			errs = append(errs, errors.New("cursor: must be the one of the previous page's Link header, or a letter's sequence"))
		}
	}
	if err := errors.Join(errs...); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	page := []Letter{}
	err := s.backend.Letters(r.Context(), stage, after, func(l Letter) error {
		if len(page) == limit {
			return errMore
		}
		page = append(page, l)
		return nil
	})
	if errors.Is(err, errMore) {
		err = nil
		w.Header().Set("Link", "<"+nextPage(r.URL, strconv.FormatUint(page[len(page)-1].Sequence, 10))+`>; rel="next"`)
	}
	s.answer(w, page, err)
}

// errMore ends a page that has a next one.
var errMore = errors.New("more")

// aboutLetter answers for what was done with the letter of a request.
func (s *Server) aboutLetter(w http.ResponseWriter, r *http.Request, do func(sequence uint64) (any, error)) {
	sequence, err := strconv.ParseUint(r.PathValue("sequence"), 10, 64)
	if err != nil {
		fail(w, http.StatusBadRequest, "the sequence is no number; list them with /api/v1/dead")
		return
	}
	out, err := do(sequence)
	refused, wrong := errors.AsType[*ResendError](err)
	switch {
	case errors.Is(err, ErrNoLetter):
		fail(w, http.StatusNotFound, "there is no such dead letter; list them with /api/v1/dead")
		return
	case wrong:
		fail(w, http.StatusConflict, refused.Error())
		return
	}
	s.answer(w, out, err)
}

func (s *Server) letter(w http.ResponseWriter, r *http.Request) {
	s.aboutLetter(w, r, func(sequence uint64) (any, error) {
		l, data, err := s.backend.Letter(r.Context(), sequence)
		if utf8.Valid(data) {
			l.Text = string(data)
		} else {
			l.Data = data
		}
		return l, err
	})
}

func (s *Server) resend(w http.ResponseWriter, r *http.Request) {
	if do, ok := wish(w, r); ok {
		s.aboutLetter(w, r, func(sequence uint64) (any, error) {
			return map[string]uint64{"sequence": sequence}, s.backend.Resend(r.Context(), sequence, do.Hand)
		})
	}
}

func (s *Server) dropLetter(w http.ResponseWriter, r *http.Request) {
	if do, ok := wish(w, r); ok {
		s.aboutLetter(w, r, func(sequence uint64) (any, error) {
			return map[string]uint64{"dropped": 1}, s.backend.DropLetter(r.Context(), sequence, do.Hand)
		})
	}
}

// dropLetters gives up the letters of one stage, which has to be named: a slip must not cost all of them.
func (s *Server) dropLetters(w http.ResponseWriter, r *http.Request) {
	do, ok := wish(w, r)
	if !ok {
		return
	}
	stage := r.URL.Query().Get("stage")
	if err := deadStage(stage); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	dropped, err := s.backend.DropLetters(r.Context(), stage, do.Hand)
	s.answer(w, map[string]uint64{"dropped": dropped}, err)
}
