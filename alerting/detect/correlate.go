package detect

import (
	"time"
)

// Correlation is a rule over the matches of other rules within a span of event time.
type Correlation struct {
	Kind    CorrelationKind
	Rules   []string // ids of the rules it is over
	GroupBy []string // dotted record fields; matches with equal values belong together
	Field   string   // ValueCount: the dotted field whose different values are counted
	Span    time.Duration
	Op      string // ">=", ">", "<=", "<", "==": how the count compares to Value
	Value   int
}

// CorrelationKind is how a Correlation judges the matches within its span.
type CorrelationKind string

// The kinds of correlation that can be judged.
const (
	EventCount CorrelationKind = "event_count"
	ValueCount CorrelationKind = "value_count"
	Temporal   CorrelationKind = "temporal"         // every rule matched, in any order
	Ordered    CorrelationKind = "temporal_ordered" // every rule matched, in the order of Rules
)
