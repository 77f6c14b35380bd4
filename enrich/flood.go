package enrich

import (
	"slices"
	"sync"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

const (
	// floodFrom is how many matches of a counted rule become findings in an hour; of those that follow, the first of each
	// account does, and every one whose number can be divided by it.
	floodFrom = 100
	// maxFloods bounds the hours that are counted; all begin anew beyond it.
	maxFloods = 10_000
)

// floods counts the matches of rules that may be true of most records there are, by the hours of the events. It is safe for
// concurrent use.
type floods struct {
	mu    sync.Mutex
	hours map[floodHour]*flood
}

type floodHour struct {
	rule string
	hour int64 // since 1970
}

type flood struct {
	matches, left int // all, and those that became no finding since the last that did
	accounts      map[uint64]struct{}
}

// thin takes out of the rules that want a record those whose match is only counted. more says, of the others, how many
// matches were only counted before this one; nil if none.
func (f *floods) thin(h *cloudtrail.Header, rules []string, counted func(id string) bool) (kept []string, more map[string]int) {
	if !slices.ContainsFunc(rules, counted) {
		return rules, nil
	}
	at, ok := h.Time()
	if !ok {
		return rules, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	kept = slices.DeleteFunc(rules, func(id string) bool {
		if !counted(id) {
			return false
		}
		left, told := f.count(floodHour{id, at / time.Hour.Milliseconds()}, history.Hash(h.Account()))
		if told && left > 0 {
			if more == nil {
				more = map[string]int{}
			}
			more[id] = left
		}
		return !told
	})
	return kept, more
}

// count counts a match, and reports whether it is told, with how many were not before it.
func (f *floods) count(key floodHour, account uint64) (left int, told bool) {
	x := f.hours[key]
	if x == nil {
		if f.hours == nil || len(f.hours) >= maxFloods {
			f.hours = map[floodHour]*flood{}
		}
		x = &flood{accounts: map[uint64]struct{}{}}
		f.hours[key] = x
	}
	x.matches++
	_, known := x.accounts[account]
	if known && x.matches > floodFrom && x.matches%floodFrom != 0 {
		x.left++
		return 0, false
	}
	x.accounts[account] = struct{}{}
	left, x.left = x.left, 0
	return left, true
}
