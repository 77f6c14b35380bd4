package alerting

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/alerting/incident"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// maxGroup is how many findings are stored together at most.
const maxGroup = 32

// errSingly ends the reading of a lane, to begin it again with findings stored one by one.
var errSingly = errors.New("stored together it is too much")

// batch is what some findings changed, each thing once, in its latest state.
type batch struct {
	findings     int
	last         bus.Delivery // of the last of them
	buckets      map[string]*exposure.Bucket
	accounts     map[string]*exposure.Account
	correlations map[string][]byte
	incidents    []*incident.Incident
	fresh        []*incident.Incident // those that findings changed, not people's words
	opened       []alert.Severity
	counts       AlertCounts
	traced       []traced // findings whose way is told once they are stored
}

// traced is a finding and when it was stored for this stage.
type traced struct {
	eventID string
	since   time.Time
}

// add takes in one finding's outcome. Findings that changed nothing are not counted.
func (b *batch) add(out *Outcome, d bus.Delivery) {
	if out.Empty() {
		return
	}
	if b.buckets == nil {
		b.buckets, b.accounts, b.correlations = map[string]*exposure.Bucket{}, map[string]*exposure.Account{}, map[string][]byte{}
	}
	b.findings, b.last = b.findings+1, d
	if out.Bucket != nil {
		b.buckets[out.Bucket.Name] = out.Bucket
	}
	for _, a := range out.Accounts {
		b.accounts[a.ID] = a
	}
	maps.Copy(b.correlations, out.Correlations)
	for _, i := range out.Incidents {
		b.counts.Count(i)
		if i.Alert.Revision == 1 {
			b.opened = append(b.opened, i.Alert.Severity)
		}
		if !slices.Contains(b.incidents, i) {
			b.incidents = append(b.incidents, i)
		}
	}
}
