package sqs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
)

const (
	pollers      = 4                // receive calls at a time
	maxHeld      = 256              // messages received and not yet deleted
	maxHeldBytes = 8 << 20          // of their bodies; a last batch may come on top
	drain        = 10 * time.Second // what running handlers are given after the end of Run's context
	longestPause = 30 * time.Second // between two attempts to receive
)

// Handler does the work of one message. A nil return means that everything derived from the message is stored:
// the message is deleted. Its context ends a while after Run's.
type Handler func(ctx context.Context, m *Message) error

// Run receives messages and calls handle for each, many at a time, until ctx ends. Then it receives no more,
// gives the running handlers ten seconds, cancels those that are left, makes their messages visible to others at
// once, and returns nil. Nothing that fails on the way ends it.
func (q *Queue) Run(ctx context.Context, handle Handler) error {
	if !q.learn(ctx) {
		return nil
	}
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	deleting, stopDeleting := context.WithCancel(context.WithoutCancel(ctx))
	defer stopDeleting()
	renewing, stopRenewing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRenewing()

	done := make(chan *Message)
	var background, polling, handling sync.WaitGroup
	background.Go(func() { q.renew(renewing) })
	background.Go(func() { q.wakeUp(renewing) })
	background.Go(func() { q.deleteDone(deleting, done) })
	for range pollers {
		polling.Go(func() {
			q.poll(ctx, func(m *Message) {
				handling.Go(func() { q.handle(work, handle, m, done) })
			})
		})
	}
	polling.Wait()
	defer time.AfterFunc(drain, abandon).Stop()
	handling.Wait()
	stopRenewing()
	close(done)
	defer time.AfterFunc(callTimeout, stopDeleting).Stop()
	background.Wait()
	q.release(context.WithoutCancel(ctx))
	return nil
}

// learn asks for the visibility timeout until it is told, or refused. It is false when ctx ended first.
func (q *Queue) learn(ctx context.Context) bool {
	wait := newBackOff()
	for ctx.Err() == nil {
		a, err := q.attributes(ctx)
		if v, ok := visibilityOf(a); ok {
			q.visibility = v
		}
		if err == nil {
			return true
		}
		if denied(err) {
			q.log.Warn("visibility timeout not readable", zap.Duration("assumed", q.visibility), zap.Error(err))
			return true
		}
		q.failed(ctx, "queue not reachable", err, wait)
	}
	return false
}

func (q *Queue) poll(ctx context.Context, start func(*Message)) {
	wait := newBackOff()
	seconds := int32(1) // the first time, so that a queue that works is soon known to
	for q.room(ctx) {
		messages, err := q.receive(ctx, seconds)
		switch {
		case ctx.Err() != nil && err != nil:
			return
		case err != nil:
			q.failed(ctx, "receiving failed", err, wait)
			continue
		}
		wait.Reset()
		seconds = longPoll
		q.works()
		for _, m := range messages {
			q.hold(m)
			if ctx.Err() == nil {
				start(m)
			} // else let go of by release
		}
	}
}

func (q *Queue) receive(ctx context.Context, seconds int32) ([]*Message, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second+callTimeout)
	defer cancel()
	in := &sqs.ReceiveMessageInput{
		QueueUrl: q.url, MaxNumberOfMessages: batchSize, WaitTimeSeconds: seconds,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
		},
	}
	// Were the SDK to try again, the messages of a lost answer would wait for their timeout unnoticed.
	out, err := q.client.ReceiveMessage(ctx, in, func(o *sqs.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		return nil, fmt.Errorf("receive from queue %s: %w", q.name, err)
	}
	now := time.Now()
	messages := make([]*Message, len(out.Messages))
	for i, m := range out.Messages {
		messages[i] = &Message{
			ID: aws.ToString(m.MessageId), Body: []byte(aws.ToString(m.Body)), Received: now,
			receipt: aws.ToString(m.ReceiptHandle), until: now.Add(q.visibility),
		}
		messages[i].Receives, _ = strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
		if ms, err := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64); err == nil {
			messages[i].Sent = time.UnixMilli(ms)
		}
	}
	return messages, nil
}

func (q *Queue) handle(ctx context.Context, handle Handler, m *Message, done chan<- *Message) {
	err := handle(ctx, m)
	if err == nil {
		q.mu.Lock()
		q.fails = 0
		q.mu.Unlock()
		done <- m
		return
	}
	if ctx.Err() != nil {
		return // stopping: release makes it visible
	}
	delay := backOff(m.Receives)
	wait, waits := errors.AsType[*WaitError](err)
	level := zap.WarnLevel
	if waits && wait.Known {
		level = zap.DebugLevel
	}
	q.log.Log(level, "message not finished", zap.String("message_id", m.ID), zap.Int("receives", m.Receives),
		zap.Duration("retry_in", delay), zap.Error(err))
	if !waits {
		q.mu.Lock()
		q.fails++
		q.mu.Unlock()
	}
	q.forget(m)
	q.show(ctx, []*Message{m}, delay)
	if waits {
		q.await(m, wait)
	}
}

// backOff is how long a message waits whose handler has failed, when it was received so often.
func backOff(receives int) time.Duration {
	return min(15*time.Second<<min(max(receives, 0), 6), 15*time.Minute)
}

// room waits until there is room for more messages, and longer while handlers fail one after the other: what
// fails them is then likely to fail the next ones, and every delivery counts towards the redrive policy's limit.
func (q *Queue) room(ctx context.Context) bool {
	for ctx.Err() == nil {
		q.mu.Lock()
		full := len(q.held) >= maxHeld || q.bytes >= maxHeldBytes
		fails := q.fails
		q.mu.Unlock()
		switch {
		case full:
			select {
			case <-q.freed:
			case <-ctx.Done():
			}
			continue
		case fails > 0:
			sleep(ctx, min(time.Second/4<<min(fails-1, 10), longestPause))
		}
		q.wake() // another poller may find room as well
		return ctx.Err() == nil
	}
	return false
}

func (q *Queue) hold(m *Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held[m] = struct{}{}
	q.bytes += len(m.Body)
}

func (q *Queue) forget(messages ...*Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range messages {
		if _, ok := q.held[m]; ok {
			delete(q.held, m)
			q.bytes -= len(m.Body)
		}
	}
	q.wake()
}

func (q *Queue) wake() {
	select {
	case q.freed <- struct{}{}:
	default:
	}
}

func (q *Queue) works() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.state = nil
}

// failed notes and logs that an attempt failed, and waits before the next.
func (q *Queue) failed(ctx context.Context, what string, err error, wait backoff.BackOff) {
	if ctx.Err() != nil {
		return
	}
	delay := wait.NextBackOff()
	q.mu.Lock()
	q.state = err
	q.mu.Unlock()
	q.log.Warn(what, zap.Duration("retry_in", delay), zap.Error(err))
	sleep(ctx, delay)
}

func newBackOff() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.MaxInterval = longestPause
	return b
}

// sleep waits for d, or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// denied tells a refusal, which asking again does not change, from a failure that may pass.
func denied(err error) bool {
	var api interface{ ErrorCode() string }
	if !errors.As(err, &api) {
		return false
	}
	return api.ErrorCode() == "AccessDenied" || api.ErrorCode() == "AccessDeniedException"
}
