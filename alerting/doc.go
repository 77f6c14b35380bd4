// Package alerting is the second half of the way: it takes the findings of a shard of accounts in stream order,
// keeps what is known of every bucket's exposure, asks the detections for their verdicts, scores them, and keeps
// the incidents.
//
// Engine is the core, without any I/O: a finding goes in, the states it changed come out. Replay uses it as it is.
// Alerting runs one Engine per shard over the bus: it stores what an Engine changed, queues the notifications, and
// only then moves on, so that a crash between any two steps loses nothing and tells nothing twice.
package alerting
