package consumer

// Counts is one part's share of the ledger: what came in and what became of it. In each group In is the sum of
// the others; Unaccounted says by how much it is not. Counts of several parts, or of several moments, add up.
//
// The counts of what the consumer took in travel inside the batches, beside the records they speak of, so that
// storing a batch stores both or neither, and whoever processes the batch saves its counts with its position.
type Counts struct {
	Messages MessageCounts `json:"messages"`
	Objects  ObjectCounts  `json:"objects"`
	Records  RecordCounts  `json:"records"`
}

// MessageCounts counts queue messages. One that came with nothing readable in it is Quarantined; one of whose
// parts any was read or refused one by one is Done.
type MessageCounts struct {
	In          int64 `json:"in"`
	Done        int64 `json:"done"`
	Ignored     int64 `json:"ignored"`
	Quarantined int64 `json:"quarantined"`
	Pending     int64 `json:"pending"`
}

// ObjectCounts counts log objects and log files.
type ObjectCounts struct {
	In          int64 `json:"in"`
	Read        int64 `json:"read"`
	Ignored     int64 `json:"ignored"`
	Quarantined int64 `json:"quarantined"`
	Pending     int64 `json:"pending"`
}

// RecordCounts counts CloudTrail records. The consumer fills In, Ignored and Quarantined; the enrichment worker and the
// alerting side decide between the others.
type RecordCounts struct {
	In          int64 `json:"in"`
	Matched     int64 `json:"matched"`    // a rule named it
	Unmatched   int64 `json:"unmatched"`  // no rule did: it was learnt from
	Duplicate   int64 `json:"duplicate"`  // its eventID was seen before
	Aggregated  int64 `json:"aggregated"` // CloudTrail's own count of many data events, which names no call
	Ignored     int64 `json:"ignored"`    // known and of no interest, such as a GuardDuty finding
	Quarantined int64 `json:"quarantined"`
	Pending     int64 `json:"pending"`
}

// Add adds another part's counts to c.
func (c *Counts) Add(o Counts) {
	c.Messages.In += o.Messages.In
	c.Messages.Done += o.Messages.Done
	c.Messages.Ignored += o.Messages.Ignored
	c.Messages.Quarantined += o.Messages.Quarantined
	c.Messages.Pending += o.Messages.Pending
	c.Objects.In += o.Objects.In
	c.Objects.Read += o.Objects.Read
	c.Objects.Ignored += o.Objects.Ignored
	c.Objects.Quarantined += o.Objects.Quarantined
	c.Objects.Pending += o.Objects.Pending
	c.Records.In += o.Records.In
	c.Records.Matched += o.Records.Matched
	c.Records.Unmatched += o.Records.Unmatched
	c.Records.Duplicate += o.Records.Duplicate
	c.Records.Aggregated += o.Records.Aggregated
	c.Records.Ignored += o.Records.Ignored
	c.Records.Quarantined += o.Records.Quarantined
	c.Records.Pending += o.Records.Pending
}

// IsZero reports whether nothing at all has been counted.
func (c Counts) IsZero() bool { return c == Counts{} }

// Unaccounted is the sum of what the groups miss: zero when the ledger closes. A group that counts more out than
// in is as wrong as one that loses, so each adds its distance from zero.
func (c Counts) Unaccounted() int64 {
	m, o, r := c.Messages, c.Objects, c.Records
	return distance(m.In, m.Done+m.Ignored+m.Quarantined+m.Pending) +
		distance(o.In, o.Read+o.Ignored+o.Quarantined+o.Pending) +
		distance(r.In, r.Matched+r.Unmatched+r.Duplicate+r.Aggregated+r.Ignored+r.Quarantined+r.Pending)
}

func distance(in, out int64) int64 { return max(in-out, out-in) }
