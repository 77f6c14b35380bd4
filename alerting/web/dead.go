package web

import (
	"context"
	"errors"
	"net/http"
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
	// Letters calls visit for every dead letter of a stage, or of all stages when it is empty, oldest first. An error
	// of visit ends it and is returned.
	Letters(ctx context.Context, stage string, visit func(l Letter, data []byte) error) error
	// Resend tries a letter of a receiver again and drops it; ErrNoLetter if there is none, a *StageError if its stage
	// has nobody to send it to.
	Resend(ctx context.Context, sequence uint64, hand Hand) error
}

// ErrNoLetter says that there is no dead letter of that sequence.
var ErrNoLetter = errors.New("no such dead letter")

// StageError says that letters of a stage cannot be sent again, and what to do instead.
type StageError struct{ Stage string }

// Error implements error.
func (e *StageError) Error() string {
	return "a letter of stage " + e.Stage + " is not sent to anybody; its source is named in its id: bring that in again, by its queue or with replay"
}

func (s *Server) letters(w http.ResponseWriter, r *http.Request) {
	all := []Letter{}
	err := s.backend.Letters(r.Context(), r.URL.Query().Get("stage"), func(l Letter, _ []byte) error {
		all = append(all, l)
		return nil
	})
	s.answer(w, all, err)
}

// errFound ends the search for one letter.
var errFound = errors.New("found")

func (s *Server) letter(w http.ResponseWriter, r *http.Request) {
	sequence, err := strconv.ParseUint(r.PathValue("sequence"), 10, 64)
	if err != nil {
		fail(w, http.StatusBadRequest, "the sequence is no number; list them with /api/v1/dead")
		return
	}
	var out Letter
	err = s.backend.Letters(r.Context(), "", func(l Letter, data []byte) error {
		if l.Sequence != sequence {
			return nil
		}
		out = l
		if utf8.Valid(data) {
			out.Text = string(data)
		} else {
			out.Data = data
		}
		return errFound
	})
	switch {
	case errors.Is(err, errFound):
		err = nil
	case err == nil:
		fail(w, http.StatusNotFound, "there is no such dead letter; list them with /api/v1/dead")
		return
	}
	s.answer(w, out, err)
}

func (s *Server) resend(w http.ResponseWriter, r *http.Request) {
	do, ok := wish(w, r)
	if !ok {
		return
	}
	sequence, err := strconv.ParseUint(r.PathValue("sequence"), 10, 64)
	if err == nil {
		err = s.backend.Resend(r.Context(), sequence, do.Hand)
	} else {
		err = ErrNoLetter
	}
	stage, wrong := errors.AsType[*StageError](err)
	switch {
	case errors.Is(err, ErrNoLetter):
		fail(w, http.StatusNotFound, "there is no such dead letter; list them with /api/v1/dead")
		return
	case wrong:
		fail(w, http.StatusConflict, stage.Error())
		return
	}
	s.answer(w, map[string]uint64{"sequence": sequence}, err)
}
