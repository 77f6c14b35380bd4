package bus

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrClosed is returned by calls on a Bus that was closed.
var ErrClosed = errors.New("bus is closed")

// FullError says that a stream refuses new messages because it or its disk is full. Nothing was lost: hold the
// source back and publish again.
type FullError struct {
	Stream string
	Reason string
}

func (e *FullError) Error() string { return fmt.Sprintf("stream %s is full: %s", e.Stream, e.Reason) }

// TooLargeError says that a message can never be stored. Park it.
type TooLargeError struct {
	Subject string
	Size    int // bytes
	Limit   int // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("message of %d bytes on %s: the limit is %d", e.Size, e.Subject, e.Limit)
}

// ConflictError says that a key no longer has the revision a write was computed from: somebody else owns it now.
type ConflictError struct {
	Key      string
	Expected uint64
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("key %s is no longer at revision %d", e.Key, e.Expected)
}

// LostError says that this process no longer owns a shard.
type LostError struct {
	Group string
	Shard int
}

func (e *LostError) Error() string {
	return fmt.Sprintf("shard %d of %s is no longer owned here", e.Shard, e.Group)
}

// Codes of the JetStream API which the client library does not name.
const (
	codeNoPeers               = 10005
	codeInsufficientResources = 10023
	codeMemoryExceeded        = 10028
	codeStorageExceeded       = 10047
	codeStoreFailed           = 10077
)

// refusal gives the typed error for an answer that will not change by trying again at once, or nil.
func refusal(api *jetstream.APIError, stream, subject string, expected uint64, size, limit int) error {
	switch api.ErrorCode {
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return &ConflictError{Key: keyOf(subject), Expected: expected}
	case codeInsufficientResources, codeMemoryExceeded, codeStorageExceeded:
		return &FullError{Stream: stream, Reason: api.Description}
	case codeStoreFailed:
		if isFull(api.Description) {
			return &FullError{Stream: stream, Reason: api.Description}
		}
		return nil
	case jetstream.JSErrCodeStreamMessageExceedsMaximum:
		return &TooLargeError{Subject: subject, Size: size, Limit: limit}
	default:
		return nil
	}
}

func isFull(description string) bool {
	return strings.Contains(description, "maximum") || strings.Contains(description, "no space left")
}
