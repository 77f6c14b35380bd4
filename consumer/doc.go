// Package consumer takes CloudTrail in: it receives queue messages or watches folders, fetches the log objects,
// splits them into records, and publishes the records in batches, one shard an actor.
//
// The way of a message:
//
//	receive -> fetch -> split -> shard -> publish -> delete
//
// A message, or a file, is a unit of work. Its records are spread over the batches of many shards, and a batch
// holds records of many units, for real trails come in files of a few records each. A unit is done when every
// batch that holds something of it has been stored, and only then is its message deleted. What fails on the way
// for a reason that may pass (S3, NATS, credentials) leaves the message where it is, to come again. What can never
// be read is parked with its reason, counted as quarantined, and its unit goes on without it.
//
// Nothing is counted that is not stored: the counts travel in the batches, beside the records (see Counts).
package consumer
