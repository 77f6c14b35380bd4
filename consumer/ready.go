package consumer

import (
	"errors"
	"fmt"
	"time"
)

// Part is how one part of the consumer stands.
type Part struct {
	Name string
	Err  error // why nothing is taken in by it; nil while it works
	// Trouble is what does not work beside that: nothing of a bucket could be read for ten minutes, or messages that are
	// done cannot be deleted. What arrives is stored, or waits in its queue.
	Trouble error
}

// Parts tells of every queue whether it was seen to work, of every log bucket whether it can be read, and whether what was
// read can be stored.
func (s *Consumer) Parts() []Part {
	parts := make([]Part, 0, len(s.queues)+1)
	for _, w := range s.queues {
		// the name is told once
		parts = append(parts, Part{Name: "queue " + w.queue.Name(), Err: errors.Unwrap(w.queue.Ready()), Trouble: w.queue.Trouble()})
		parts = append(parts, w.buckets.parts(time.Now())...)
	}
	stored := Part{Name: "consumer"}
	if _, trouble := s.collector.state(); trouble != nil {
		stored.Err = fmt.Errorf("records wait to be stored: %w", trouble)
	}
	return append(parts, stored)
}
