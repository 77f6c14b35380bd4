package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
)

const (
	// defaultLimit and maxLimit are how many alerts a page has unless it is asked for fewer or more, and at most.
	defaultLimit = 500
	maxLimit     = 1000
)

// listing is what the parameters of a list of alerts ask for.
type listing struct {
	filter alert.Filter
	limit  int
	cursor string
}

func listParameters() []string {
	return []string{"status", "severity", "bucket", "since", "limit", "cursor"}
}

// readListing reads the parameters status and severity, each one or several values with commas between, bucket, since,
// limit and cursor.
func readListing(query url.Values) (l listing, err error) {
	l = listing{limit: defaultLimit, cursor: query.Get("cursor")}
	l.filter.Bucket = query.Get("bucket")
	for _, name := range values(query, "status") {
		if !slices.Contains(alert.Statuses(), alert.Status(name)) {
			return l, fmt.Errorf("status: unknown status %s: use open, acknowledged, suppressed or resolved", echo(name))
		}
		l.filter.Status = append(l.filter.Status, alert.Status(name))
	}
	for _, name := range values(query, "severity") {
		severity, err := alert.ParseSeverity(name)
		if err != nil {
			return l, fmt.Errorf("severity: unknown severity %s: use info, low, medium, high or critical", echo(name))
		}
		l.filter.Severity = append(l.filter.Severity, severity)
	}
	if text := query.Get("since"); text != "" {
		if l.filter.Since, err = time.Parse(time.RFC3339, text); err != nil {
			return l, errors.New("since: must be an RFC 3339 time, for example 2026-12-01T08:00:00Z")
		}
	}
	if text := query.Get("limit"); text != "" {
		if l.limit, err = strconv.Atoi(text); err != nil || l.limit < 1 || l.limit > maxLimit {
			return l, fmt.Errorf("limit: must be a number from 1 to %d", maxLimit)
		}
	}
	return l, nil
}

func values(query url.Values, name string) []string {
	if query.Get(name) == "" {
		return nil
	}
	return strings.Split(query.Get(name), ",")
}

// nextPage is the address of the page after one.
func nextPage(page *url.URL, cursor string) string {
	query := page.Query()
	query.Set("cursor", cursor)
	return page.Path + "?" + query.Encode()
}

// echo repeats what was asked for, quoted and shortened.
func echo(text string) string { return strconv.Quote(safetext.Middle(safetext.Line(text), 60)) }

// answerWithin is when a request is given up, in time to say so.
const answerWithin = writeTimeout - 5*time.Second

// asked lets a request through that has no other parameters than these, each at most once.
func asked(next http.HandlerFunc, parameters ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			fail(w, http.StatusBadRequest, "the query of the address cannot be read")
			return
		}
		for name, all := range query {
			switch {
			case !slices.Contains(parameters, name) && len(parameters) == 0:
				fail(w, http.StatusBadRequest, "unknown parameter "+echo(name)+": this address takes none")
				return
			case !slices.Contains(parameters, name):
				fail(w, http.StatusBadRequest, "unknown parameter "+echo(name)+": use "+strings.Join(parameters, ", "))
				return
			case len(all) > 1:
				fail(w, http.StatusBadRequest, name+": is given more than once")
				return
			}
		}
		ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
		defer cancel()
		next(w, r.WithContext(ctx))
	}
}
