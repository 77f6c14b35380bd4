package history

// Position is the place of one record in its shard's stream: the message's sequence, and the record's index
// in it. Positions only grow.
type Position struct {
	Sequence uint64
	Index    uint32
}

// After reports whether p comes later in the stream than q.
func (p Position) After(q Position) bool {
	return p.Sequence > q.Sequence || p.Sequence == q.Sequence && p.Index > q.Index
}
