package detect

// Example is one record that shows what a rule is about.
type Example struct {
	Name   string
	Record string // JSON of the record, complete
	Match  bool   // must match; false: must not
	// Change is set for rules on the exposure of buckets: records applied, in order, before Record.
	Before []string
}
