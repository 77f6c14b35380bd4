package sqs

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.uber.org/zap"
)

const (
	deleteWait  = 50 * time.Millisecond // for a batch of ten to fill
	deleteTries = 5                     // after which a message is left to come again
)

// renew keeps the held messages invisible; each has several tries before its timeout.
func (q *Queue) renew(ctx context.Context) {
	tick := time.NewTicker(q.visibility / 6)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for batch := range slices.Chunk(q.due(now), batchSize) {
				q.show(ctx, batch, q.visibility)
			}
		}
	}
}

// due lists the held messages that are past the first third of their timeout.
func (q *Queue) due(now time.Time) []*Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	var due []*Message
	for m := range q.held {
		if !m.expired && m.until.Sub(now) < q.visibility*2/3 {
			due = append(due, m)
		}
	}
	return due
}

// show makes up to ten messages visible after a delay. A receipt that SQS no longer takes is not tried again:
// the message is with somebody else by now, and the work on it does no harm.
func (q *Queue) show(ctx context.Context, batch []*Message, after time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: q.url}
	for i, m := range batch {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(m.receipt), VisibilityTimeout: int32(after / time.Second),
		})
	}
	now := time.Now()
	out, err := q.client.ChangeMessageVisibilityBatch(ctx, in)
	q.note(&q.unhidden, err)
	if err != nil {
		q.log.Warn("visibility not changed", zap.Int("messages", len(batch)), zap.Error(err))
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range out.Successful {
		if m := entry(batch, e.Id); m != nil {
			m.until = now.Add(after)
		}
	}
	for _, e := range out.Failed {
		if m := entry(batch, e.Id); m != nil {
			m.expired = e.SenderFault
			if after == 0 && e.SenderFault {
				continue // it is visible, or with somebody else, already
			}
			q.log.Warn("visibility not changed", zap.String("message_id", m.ID), zap.String("error", aws.ToString(e.Code)))
		}
	}
}

// release makes what is still held visible to others at once.
func (q *Queue) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	q.mu.Lock()
	var left []*Message
	for m := range q.held {
		left = append(left, m)
	}
	q.mu.Unlock()
	for batch := range slices.Chunk(left, batchSize) {
		q.show(ctx, batch, 0)
	}
	q.forget(left...)
}

// deleteDone deletes messages as they are done, in batches, until done is closed and empty.
func (q *Queue) deleteDone(ctx context.Context, done <-chan *Message) {
	var waiting []*Message
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case m, ok := <-done:
			if !ok {
				for batch := range slices.Chunk(waiting, batchSize) {
					q.delete(ctx, batch)
				}
				return
			}
			if len(waiting) == 0 {
				timer.Reset(deleteWait)
			}
			if waiting = append(waiting, m); len(waiting) < batchSize {
				continue
			}
		case <-timer.C:
		}
		if len(waiting) > 0 {
			q.delete(ctx, waiting)
			waiting = nil
		}
	}
}

// delete deletes up to ten messages. Those whose receipt has expired, and those that SQS keeps refusing, are let
// go of: they come again, and their events are known by then.
func (q *Queue) delete(ctx context.Context, batch []*Message) {
	defer q.forget(batch...)
	wait := newBackOff()
	for try := 1; len(batch) > 0; try++ {
		left, err := q.tryDelete(ctx, batch)
		if len(left) == 0 {
			return
		}
		if try == deleteTries || denied(err) {
			q.log.Warn("messages not deleted", zap.Int("messages", len(left)), zap.Error(err))
			return
		}
		batch = left
		sleep(ctx, wait.NextBackOff())
	}
}

// tryDelete returns the messages worth another try.
func (q *Queue) tryDelete(ctx context.Context, batch []*Message) (left []*Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	in := &sqs.DeleteMessageBatchInput{QueueUrl: q.url}
	for i, m := range batch {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(m.receipt),
		})
	}
	out, err := q.client.DeleteMessageBatch(ctx, in)
	q.note(&q.undeleted, err)
	if err != nil {
		return batch, err
	}
	for _, e := range out.Failed {
		if m := entry(batch, e.Id); m != nil && !e.SenderFault {
			left = append(left, m)
		}
	}
	return left, nil
}

// note keeps a refusal until the same call succeeds.
func (q *Queue) note(refusal *error, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err == nil || denied(err) {
		*refusal = err
	}
}

// entry finds the message of a batch entry by the id it was given.
func entry(batch []*Message, id *string) *Message {
	i, err := strconv.Atoi(aws.ToString(id))
	if err != nil || i < 0 || i >= len(batch) {
		return nil
	}
	return batch[i]
}
