package sqs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// maxDepth bounds how many wrappers (SNS, nested batches, lists, text holding JSON) are opened.
const maxDepth = 16

// Envelope is what a message turned out to hold. Its parts alias nothing of the message's body.
type Envelope struct {
	// Objects are the log objects the message points at.
	Objects []Object
	// Records are CloudTrail records the message brought itself, as JSON.
	Records [][]byte
	// Ignored names, in words, each part that is known and of no interest.
	Ignored []string
	// Broken are the parts nothing could be made of.
	Broken []Broken
}

// Object is one object in S3.
type Object struct {
	Bucket string
	Key    string // as S3 knows it, not URL-encoded
	Size   int64  // bytes as stored, or 0 when the notice does not say
	// Version is the one that was written, empty when the notice does not say: the object may have later ones.
	Version string
}

// Broken is a part of a message that cannot be read.
type Broken struct {
	Reason string
	Data   []byte
}

// Parse opens a message body. It never fails: what cannot be read is in Broken, and the other parts of the same
// message are still there. It knows
//
//   - S3 event notifications, whose keys are URL-encoded,
//   - CloudTrail's own notice, whose keys are not,
//   - EventBridge's "Object Created" and everything "via CloudTrail",
//   - records as such: one, several, a list, or `{"Records": […]}` (or "records"),
//   - each of them inside SNS notifications and inside batches such as a Lambda function is given,
//
// and passes by test events, removals and whatever else is announced about objects but their creation, and the findings
// of other services.
func Parse(body []byte) Envelope {
	var e Envelope
	e.open(body, 0)
	return e
}

// open reads one or several JSON values.
func (e *Envelope) open(body []byte, depth int) {
	body = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\ufeff")))
	switch string(body) {
	case "":
		e.broken("empty message", body)
		return
	case "CloudTrail validation message.": // sent once, when a trail is given its topic
		e.Ignored = append(e.Ignored, "CloudTrail validation message")
		return
	}
	d := jsontext.NewDecoder(bytes.NewReader(body), tolerant())
	for {
		from := d.InputOffset()
		v, err := d.ReadValue()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			e.broken("not JSON", body[from:])
			return
		}
		e.value(v.Clone(), depth)
	}
}

func (e *Envelope) value(v jsontext.Value, depth int) {
	if depth > maxDepth {
		e.broken("wrapped too deeply", v)
		return
	}
	switch v.Kind() {
	case '{':
		e.object(v, depth)
	case '[':
		e.list(v, depth)
	case '"':
		e.open([]byte(text(v)), depth+1)
	default:
		e.broken("neither object nor list", v)
	}
}

func (e *Envelope) list(v jsontext.Value, depth int) {
	var parts []jsontext.Value
	if err := json.Unmarshal(v, &parts, tolerant()); err != nil {
		e.broken("not a list", v)
		return
	}
	if len(parts) == 0 {
		e.Ignored = append(e.Ignored, "empty list")
	}
	for _, p := range parts {
		e.value(p, depth+1)
	}
}

// shape is every member by which an envelope is told; the types are looked at afterwards, for any may be wrong.
type shape struct {
	Records     jsontext.Value `json:"Records"`
	LowRecords  jsontext.Value `json:"records"`
	Type        jsontext.Value `json:"Type"`
	TopicARN    jsontext.Value `json:"TopicArn"`
	Message     jsontext.Value `json:"Message"`
	SNS         jsontext.Value `json:"Sns"`
	Body        jsontext.Value `json:"body"`
	S3          jsontext.Value `json:"s3"`
	S3Bucket    jsontext.Value `json:"s3Bucket"`
	S3ObjectKey jsontext.Value `json:"s3ObjectKey"`
	Event       jsontext.Value `json:"Event"`
	Source      jsontext.Value `json:"source"`
	DetailType  jsontext.Value `json:"detail-type"`
	Detail      jsontext.Value `json:"detail"`
	EventName   jsontext.Value `json:"eventName"`
	EventID     jsontext.Value `json:"eventID"`
	Category    jsontext.Value `json:"eventCategory"`
}

func (e *Envelope) object(v jsontext.Value, depth int) {
	var s shape
	if err := json.Unmarshal(v, &s, tolerant()); err != nil {
		e.broken("not an object", v)
		return
	}
	switch {
	case s.DetailType != nil:
		e.eventBridge(text(s.Source), text(s.DetailType), s.Detail, v)
	case s.S3 != nil:
		e.notification(text(s.EventName), s.S3, v)
	case text(s.EventName) != "" || text(s.EventID) != "" || text(s.Category) == "Aggregated":
		e.Records = append(e.Records, v)
	case s.Records.Kind() == '[':
		e.list(s.Records, depth)
	case s.LowRecords.Kind() == '[':
		e.list(s.LowRecords, depth)
	case s.SNS.Kind() == '{':
		e.value(s.SNS, depth+1)
	case s.Message.Kind() == '"' && (s.Type != nil || s.TopicARN != nil):
		e.sns(text(s.Type), s.Message, depth)
	case s.Body.Kind() == '"':
		e.value(s.Body, depth+1)
	case s.S3Bucket != nil:
		e.trailNotice(s, v)
	case text(s.Event) == "s3:TestEvent":
		e.Ignored = append(e.Ignored, "s3:TestEvent")
	default:
		e.broken("unknown kind of message", v)
	}
}

func (e *Envelope) sns(kind string, message jsontext.Value, depth int) {
	if kind == "SubscriptionConfirmation" || kind == "UnsubscribeConfirmation" {
		e.Ignored = append(e.Ignored, "SNS "+kind)
		return
	}
	e.value(message, depth+1)
}

// placed is how S3's notifications and EventBridge's details name an object.
type placed struct {
	Bucket struct {
		Name string `json:"name"`
	} `json:"bucket"`
	Object struct {
		Key       string         `json:"key"`
		Size      jsontext.Value `json:"size"`
		VersionID jsontext.Value `json:"versionId"`  // in S3's notifications
		Version   jsontext.Value `json:"version-id"` // in EventBridge's
	} `json:"object"`
}

// version is the version of the object that was written; S3 says "null" for one from before versioning, which can be
// asked for by that name only where versioning was switched on since.
func (p *placed) version() string {
	for _, v := range []jsontext.Value{p.Object.VersionID, p.Object.Version} {
		if id := text(v); v.Kind() == '"' && id != "null" {
			return id
		}
	}
	return ""
}

// notification takes one entry of an S3 event notification.
func (e *Envelope) notification(event string, s3, whole jsontext.Value) {
	event = strings.TrimPrefix(event, "s3:")
	if event != "" && !strings.HasPrefix(event, "ObjectCreated") {
		e.Ignored = append(e.Ignored, "S3 notification of another kind")
		return
	}
	var n placed
	if err := json.Unmarshal(s3, &n, tolerant()); err != nil {
		e.broken("S3 notification of an unknown shape", whole)
		return
	}
	key, err := url.QueryUnescape(n.Object.Key)
	if err != nil {
		e.broken("S3 notification whose key is not URL-encoded", whole)
		return
	}
	e.created(Object{Bucket: n.Bucket.Name, Key: key, Version: n.version()}, n.Object.Size, whole)
}

// trailNotice takes what CloudTrail itself sends to its SNS topic.
func (e *Envelope) trailNotice(s shape, whole jsontext.Value) {
	keys := []string{text(s.S3ObjectKey)}
	if s.S3ObjectKey.Kind() == '[' {
		keys = nil
		if err := json.Unmarshal(s.S3ObjectKey, &keys, tolerant()); err != nil || len(keys) == 0 {
			e.broken("CloudTrail notice without keys", whole)
			return
		}
	}
	for _, key := range keys {
		e.created(Object{Bucket: text(s.S3Bucket), Key: key}, nil, whole)
	}
}

func (e *Envelope) eventBridge(source, kind string, detail, whole jsontext.Value) {
	finding, isFinding := cloudtrail.Finding(source, kind)
	switch {
	case isFinding:
		e.Ignored = append(e.Ignored, finding)
	case kind == "AWS Insight via CloudTrail":
		e.Ignored = append(e.Ignored, "Insight event")
	case strings.HasSuffix(kind, " via CloudTrail"):
		if detail.Kind() != '{' {
			e.broken("event via CloudTrail without a record", whole)
			return
		}
		e.Records = append(e.Records, detail)
	case kind == "Object Created":
		e.objectCreated(detail, whole)
	case strings.HasPrefix(kind, "Object "):
		e.Ignored = append(e.Ignored, "EventBridge notice of another kind")
	default:
		e.broken("unknown kind of EventBridge event", whole)
	}
}

func (e *Envelope) objectCreated(detail, whole jsontext.Value) {
	var d placed
	if err := json.Unmarshal(detail, &d, tolerant()); err != nil {
		e.broken("Object Created of an unknown shape", whole)
		return
	}
	e.created(Object{Bucket: d.Bucket.Name, Key: d.Object.Key, Version: d.version()}, d.Object.Size, whole)
}

func (e *Envelope) created(o Object, size, whole jsontext.Value) {
	if o.Bucket == "" || o.Key == "" {
		e.broken("notice without bucket or key", whole)
		return
	}
	if _, err := fmt.Sscan(text(size), &o.Size); err != nil || o.Size < 0 {
		o.Size = 0 // only a hint
	}
	e.Objects = append(e.Objects, o)
}

func (e *Envelope) broken(reason string, data []byte) {
	e.Broken = append(e.Broken, Broken{Reason: reason, Data: bytes.Clone(data)})
}

// text is a string's value, or a number's spelling; empty for anything else.
func text(v jsontext.Value) string {
	switch v.Kind() {
	case '"':
		var s string
		if err := json.Unmarshal(v, &s, tolerant()); err != nil {
			return ""
		}
		return s
	case '0':
		return string(v)
	default:
		return ""
	}
}

// tolerant takes what other JSON readers take: doubled names and ill-formed UTF-8.
func tolerant() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}
