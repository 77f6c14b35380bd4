package enrich

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/bus"
)

// Finding is a record that some detection asked for, with the facts about it: what an enrichment worker hands
// to the alerting side. Its identity is the record's eventID.
type Finding struct {
	EventID string   `json:"event_id"`
	Rules   []string `json:"rules"` // ids of the rules that selected it
	Facts   Facts    `json:"facts"`
	Record  []byte   `json:"record"` // raw JSON of the record
	// More says, by rule, how many records before this one it matched as well, which became no finding of their own.
	More map[string]int `json:"more,omitempty"`
	// Copy is set on those for the other shards than that of the record's account.
	Copy bool `json:"copy,omitempty"`
	// Received is when the record's message was received, Unix milliseconds; 0 in replay.
	Received int64 `json:"received,omitempty"`
	// Filed says that the record was read from a file: nobody waits for news of it.
	Filed bool `json:"filed,omitempty"`
}

// maxFindingBytes bounds what a stored finding may unpack to.
const maxFindingBytes = 128 << 20

// ErrFinding is what DecodeFinding's errors wrap: the bytes were not written by EncodeFinding.
var ErrFinding = errors.New("not a finding")

// EncodeFinding gives the form in which a finding is stored on its way to the alerting side: S2-packed JSON.
func EncodeFinding(f *Finding) ([]byte, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode finding %s: %w", f.EventID, err)
	}
	return s2.Encode(nil, text), nil
}

// Messages are those that carry a finding to the alerting side's shards: one to the shard of its account, and of what
// concerns the accounts of every shard a copy to each other.
func (f *Finding) Messages(shards int) ([]bus.Message, error) {
	home := consumer.ShardOfKey(f.Facts.Account.ID, shards)
	data, err := EncodeFinding(f)
	if err != nil {
		return nil, err
	}
	out := []bus.Message{{Subject: bus.FindingsSubject(home), ID: f.EventID, Data: data}}
	if !slices.Contains(f.Rules, OrganizationRule) {
		return out, nil
	}
	shared := *f
	shared.Rules, shared.Copy = []string{OrganizationRule}, true
	if data, err = EncodeFinding(&shared); err != nil {
		return nil, err
	}
	for shard := range shards {
		if shard != home {
			out = append(out, bus.Message{Subject: bus.FindingsSubject(shard), ID: fmt.Sprintf("%s/%d", f.EventID, shard), Data: data})
		}
	}
	return out, nil
}

// DecodeFinding reads what EncodeFinding wrote; errors wrap ErrFinding.
func DecodeFinding(data []byte) (*Finding, error) {
	if n, err := s2.DecodedLen(data); err != nil || n > maxFindingBytes {
		return nil, fmt.Errorf("%w: malformed", ErrFinding)
	}
	text, err := s2.Decode(nil, data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFinding, err)
	}
	var f Finding
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFinding, err)
	}
	return &f, nil
}
