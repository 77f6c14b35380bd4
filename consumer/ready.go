package consumer

import (
	"errors"
	"fmt"
)

// Part is how one part of the consumer stands.
type Part struct {
	Name string
	Err  error // why nothing is taken in by it; nil while it works
}

// Parts tells of every queue whether it was seen to work, and whether what was read can be stored.
func (s *Consumer) Parts() []Part {
	parts := make([]Part, 0, len(s.queues)+1)
	for _, w := range s.queues {
		parts = append(parts, Part{Name: "queue " + w.queue.Name(), Err: errors.Unwrap(w.queue.Ready())}) // the name is told once
	}
	stored := Part{Name: "consumer"}
	if _, trouble := s.collector.state(); trouble != nil {
		stored.Err = fmt.Errorf("records wait to be stored: %w", trouble)
	}
	return append(parts, stored)
}
