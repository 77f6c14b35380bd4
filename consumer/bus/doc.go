// Package bus is all the NATS plumbing of the daemon: the only package that knows JetStream is there.
//
// # What lies where
//
// Four streams carry work, each subject one ordered lane with one reader:
//
//	TRAIL_EVENTS    trail.events.<shard>     raw records of the actors of a shard, in batches
//	TRAIL_FINDINGS  trail.findings.<shard>   records some rule wants, with their facts, by account
//	TRAIL_NOTIFY    trail.notify.<receiver>  "tell this receiver about that alert"
//	TRAIL_DEAD      trail.dead.<stage>       what a stage could not use, with its reason
//
// Key-value buckets hold state: [History], [Exposure], [Alerts], [Silences], and [State] for the stages' own
// positions. Any key-value client of NATS can read them.
//
// # What a caller may rely on
//
// Publish and the writes of [KV] return nil only when every message is stored: synced to disk by the embedded
// server, held by a majority of replicas in a cluster. What cannot be stored for now is tried again until the
// context ends; a stream that is full says so with [*FullError] and refuses rather than forgets.
//
// [Bus.Tail] reads a lane in stream order, from the position its reader has kept, without gaps and without
// repeats, over reconnects and restarts. There are no acknowledgements: a reader stores its position with its
// state, and calls [Bus.Trim] for what it will never need again.
//
// [Bus.Own] gives each shard to one process at a time, and every write names the revision it was computed
// from, so that a process which lost its shard without noticing is refused with [*ConflictError].
//
// # Embedded or external
//
// Without URLs the server runs inside this process: no port is opened, the store is locked against a second
// process, every write is synced. With URLs the same layout is made in a cluster (nats-server 2.12 or later).
package bus
