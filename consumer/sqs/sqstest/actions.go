package sqstest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// fault is an error answer of the protocol.
type fault struct {
	status int
	code   string
}

func (f *fault) Error() string { return f.code }

// Members as the protocol spells them; a request and an answer use some each.
type (
	request struct {
		Entries             []entry
		MaxNumberOfMessages int
		MessageBody         string
		ReceiptHandle       string
		VisibilityTimeout   *int
		WaitTimeSeconds     int
	}
	entry struct {
		ID                string `json:"Id"`
		ReceiptHandle     string `json:",omitempty"`
		MessageBody       string `json:",omitempty"`
		VisibilityTimeout *int   `json:",omitempty"`
		MessageID         string `json:"MessageId,omitempty"`
		MD5OfMessageBody  string `json:",omitempty"`
		Code              string `json:",omitempty"`
		SenderFault       bool   `json:",omitempty"`
	}
	received struct {
		MessageID     string `json:"MessageId"`
		ReceiptHandle string
		Body          string
		MD5OfBody     string
		Attributes    map[string]string
	}
	answer struct {
		Attributes       map[string]string `json:",omitempty"`
		Messages         []received        `json:",omitempty"`
		MessageID        string            `json:"MessageId,omitempty"`
		MD5OfMessageBody string            `json:",omitempty"`
		Successful       []entry           `json:",omitempty"`
		Failed           []entry           `json:",omitempty"`
	}
)

// act does what an action asks for.
func (s *Server) act(ctx context.Context, action string, in request) (answer, error) {
	if action == "ReceiveMessage" {
		return s.receive(ctx, in), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch action {
	case "GetQueueAttributes":
		out := answer{Attributes: map[string]string{
			"VisibilityTimeout": strconv.Itoa(int(s.visibility / time.Second)),
			"QueueArn":          "arn:aws:sqs:eu-west-1:111122223333:trail",
		}}
		maps.Copy(out.Attributes, s.attributes)
		return out, nil
	case "SendMessage":
		m := s.send(in.MessageBody)
		return answer{MessageID: m.id, MD5OfMessageBody: checksum(m.body)}, nil
	case "SendMessageBatch":
		return s.batch(in, func(e *entry) string {
			m := s.send(e.MessageBody)
			e.MessageID, e.MD5OfMessageBody = m.id, checksum(m.body)
			return ""
		})
	case "DeleteMessage":
		return answer{}, single(s.delete(in.ReceiptHandle))
	case "DeleteMessageBatch":
		return s.batch(in, func(e *entry) string { return s.delete(e.ReceiptHandle) })
	case "ChangeMessageVisibility":
		return answer{}, single(s.hide(in.ReceiptHandle, in.VisibilityTimeout))
	case "ChangeMessageVisibilityBatch":
		return s.batch(in, func(e *entry) string { return s.hide(e.ReceiptHandle, e.VisibilityTimeout) })
	default:
		return answer{}, &fault{400, "UnknownOperationException"}
	}
}

func single(code string) error {
	if code != "" {
		return &fault{400, code}
	}
	return nil
}

// batch does one thing for each entry; do returns the code of the caller's fault, or nothing.
func (s *Server) batch(in request, do func(*entry) string) (answer, error) {
	if len(in.Entries) == 0 || len(in.Entries) > 10 {
		return answer{}, &fault{400, "TooManyEntriesInBatchRequest"}
	}
	out, seen := answer{}, make(map[string]bool)
	for _, e := range in.Entries {
		if seen[e.ID] {
			return answer{}, &fault{400, "BatchEntryIdsNotDistinct"}
		}
		seen[e.ID] = true
		result := entry{ID: e.ID}
		if s.chance(s.faults.PartialFail) {
			result.Code = "InternalError"
			out.Failed = append(out.Failed, result)
			continue
		}
		if code := do(&e); code != "" {
			result.Code, result.SenderFault = code, true
			out.Failed = append(out.Failed, result)
			continue
		}
		result.MessageID, result.MD5OfMessageBody = e.MessageID, e.MD5OfMessageBody
		out.Successful = append(out.Successful, result)
	}
	return out, nil
}

// receive waits for messages as long as the caller wants to.
func (s *Server) receive(ctx context.Context, in request) answer {
	deadline := time.NewTimer(time.Duration(in.WaitTimeSeconds) * time.Second)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		out, next := s.take(in)
		changed := s.changed
		s.mu.Unlock()
		if len(out.Messages) > 0 || in.WaitTimeSeconds == 0 {
			return out
		}
		shown := time.NewTimer(time.Until(next))
		select {
		case <-changed:
		case <-shown.C:
		case <-deadline.C:
			in.WaitTimeSeconds = 0
		case <-ctx.Done():
			shown.Stop()
			return answer{}
		}
		shown.Stop()
	}
}

// take hides and returns the messages that are visible, and when the next one will be. The mutex is held.
func (s *Server) take(in request) (out answer, next time.Time) {
	now := time.Now()
	next = now.Add(time.Hour)
	order := s.messages
	if s.faults.Reorder {
		order = slices.Clone(order)
		s.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	hide := s.visibility
	if in.VisibilityTimeout != nil {
		hide = time.Duration(*in.VisibilityTimeout) * time.Second
	}
	for _, m := range order {
		switch {
		case m.deleted:
			continue
		case m.hidden.After(now):
			if m.hidden.Before(next) {
				next = m.hidden
			}
			continue
		case len(out.Messages) == min(max(in.MaxNumberOfMessages, 1), 10):
			return out, next
		}
		out.Messages = append(out.Messages, s.deliver(m))
		if !s.chance(s.faults.Duplicate) {
			m.hidden = now.Add(hide)
		}
	}
	return out, next
}

func (s *Server) deliver(m *message) received {
	m.receives++
	s.most = max(s.most, m.receives)
	m.receipt = fmt.Sprintf("%s#%d", m.id, m.receives)
	s.receipts[m.receipt] = m
	return received{
		MessageID: m.id, ReceiptHandle: m.receipt, Body: m.body, MD5OfBody: checksum(m.body),
		Attributes: map[string]string{
			"ApproximateReceiveCount": strconv.Itoa(m.receives),
			"SentTimestamp":           strconv.FormatInt(m.sent.UnixMilli(), 10),
		},
	}
}

// delete takes any receipt of a message, as SQS does most of the time.
func (s *Server) delete(receipt string) string {
	m := s.receipts[receipt]
	switch {
	case m == nil:
		return "ReceiptHandleIsInvalid"
	case !m.deleted:
		m.deleted = true
		s.deleted++
		s.clear()
	}
	return ""
}

func (s *Server) hide(receipt string, seconds *int) string {
	m, now := s.receipts[receipt], time.Now()
	switch {
	case m == nil || seconds == nil || *seconds < 0 || *seconds > 43200:
		return "InvalidParameterValue"
	case m.deleted || m.receipt != receipt || !m.hidden.After(now):
		return "MessageNotInflight"
	}
	m.hidden = now.Add(time.Duration(*seconds) * time.Second)
	s.wake()
	return ""
}
