// Package sqs receives messages from an Amazon SQS queue and knows what they hold.
//
// Queue works a queue: it receives in batches of ten by long poll, hands each message to its own call of a
// handler, keeps the message invisible to others while the handler works, and deletes it when, and only when, the
// handler returned without an error. A message whose handler failed becomes visible again after a while, longer
// each time. What SQS promises is "at least once": the same message may be handled twice, also at the same time.
//
// Parse opens a message: it finds the log objects it points at and the records it carries in every envelope in
// which AWS delivers CloudTrail.
package sqs
