// Package history remembers how every actor usually behaves, over months and in bounded space, and says of one
// event what it shows for the first time.
//
// A Book holds the actors of one shard. Its owner shows it every event, in stream order, in two steps: Look
// finds the actor and says whether the event is news, Learn takes it in. Between the two, and only for the few
// events somebody asked for, Snapshot tells what was known before:
//
//	sight := book.Look(header, origin, position)
//	if wanted {
//		snapshot = book.Snapshot(actor, bucket)
//	}
//	book.Learn()
//
// Look and Learn allocate nothing for an actor that shows nothing new. What is kept of an actor is small tables
// of hashed names with counts, the last events around now, and a few times; about half a kilobyte to one
// kilobyte each. When a table is full, what was used least and longest ago gives way.
//
// A Book does no I/O and reads no clock: time is the events' own. Its owner saves the actors that have changed
// (Flush) and gives them back after a restart or an eviction (Restore). Every actor carries the position of the
// last event it has taken in, so that a stream read again from an earlier place counts nothing twice.
package history
