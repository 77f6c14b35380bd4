// Package enrich adds to a record what is known around it: where the call came from, how its actor usually
// behaves, what the bucket's name and the account say. It states facts and never verdicts.
//
// A Shard is the whole of it for one stream of records, without I/O: it drops what came before, teaches history,
// asks the Selector who wants the record, and only then looks up facts and makes a Finding. Replay uses Shards
// as they are. In the daemon a Worker runs one for every shard this process owns.
//
// # How a worker dies without losing or doubling anything
//
// A lane reads its shard's stream in order and publishes the findings of each message before it goes on. Every
// second or so it saves, in this order: the eventIDs seen and the intention, that is the position and the counts
// it is about to save; the actors that changed, each with the position it has taken in; the checkpoint, that
// is the intention fulfilled. Then the stream is trimmed. Each write names the revision it replaces, so that a worker
// that lost its shard without noticing cannot write any more.
//
// Whoever takes the shard over begins at the checkpoint. If it finds an intention, it reads again up to there:
// actors that were saved skip what they have taken in, whose findings are published already; the others learn
// it now; and the counts become those of the intention. So every actor counts an event once, whatever died when.
package enrich
