package consumer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/s2"
)

const (
	batchVersion = 1
	// batchMore is the version of batches that were read from files or count ignored records. Others keep the first,
	// which workers of every age read.
	batchMore = 2
	// maxBatchBytes bounds what a batch may unpack to: one record of the largest size that may be configured,
	// over an almost full batch.
	maxBatchBytes = 64 << 20
)

// Batch is some hundred raw records of one shard, and the counts that are stored together with them.
type Batch struct {
	// Received is when the oldest of the records was received, to the millisecond.
	Received time.Time
	// Sequence tells batches of one producer apart that hold the same records.
	Sequence uint64
	// Counts is what the producer took in and can say about it. It always closes but for the batch's own
	// records: Records.In is len(Records) more than Records.Quarantined and Ignored, and whoever processes the batch
	// adds what became of each. Records of one file may be in one batch and the count of the file in another.
	Counts Counts
	// Filed says that all records were read from files: of these nobody waits for news.
	Filed bool
	// Records are JSON objects as CloudTrail wrote them. After DecodeBatch they share one buffer.
	Records [][]byte

	unpacked []byte
}

// ErrBatch is what DecodeBatch's errors wrap: the bytes were not written by AppendBatch.
var ErrBatch = errors.New("not a batch of records")

// AppendBatch appends the wire form of b to dst: a version, the header as varints, and the records with their
// lengths as one S2 block. What is not a producer's to say, Pending and Matched for example, is left out.
func AppendBatch(dst []byte, b *Batch) []byte {
	size := 0
	for _, r := range b.Records {
		size += len(r) + binary.MaxVarintLen32
	}
	body := make([]byte, 0, size)
	for _, r := range b.Records {
		body = appendRecord(body, r)
	}
	return appendPacked(dst, b, body)
}

// appendRecord appends a record with its length: the unpacked form of a batch's body.
func appendRecord(dst, record []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(record))), record...)
}

// appendPacked is AppendBatch for records that appendRecord has laid out already.
func appendPacked(dst []byte, b *Batch, body []byte) []byte {
	version := byte(batchVersion)
	if b.Filed || b.Counts.Records.Ignored > 0 {
		version = batchMore
	}
	dst = append(dst, version)
	dst = binary.AppendUvarint(dst, uint64(max(b.Received.UnixMilli(), 0)))
	dst = binary.AppendUvarint(dst, b.Sequence)
	for _, field := range b.Counts.wire(version) {
		dst = binary.AppendUvarint(dst, uint64(max(*field, 0)))
	}
	if version == batchMore {
		filed := uint64(0)
		if b.Filed {
			filed = 1
		}
		dst = binary.AppendUvarint(dst, filed)
	}
	at, room := len(dst), s2.MaxEncodedLen(len(body))
	dst = slices.Grow(dst, room)
	return dst[:at+len(s2.Encode(dst[at:at+room], body))]
}

// DecodeBatch reads what AppendBatch wrote into b, whose buffers it uses again: the records of an earlier call
// are gone. A malformed batch is refused whole; errors wrap ErrBatch.
func DecodeBatch(data []byte, b *Batch) error {
	body, err := b.header(data)
	if err != nil {
		return err
	}
	return b.unpack(body)
}

// BatchCounts reads the counts of a stored batch without unpacking its records; errors wrap ErrBatch.
func BatchCounts(data []byte) (Counts, error) {
	var b Batch
	_, err := b.header(data)
	return b.Counts, err
}

// header reads what stands before the records, and returns the rest.
func (b *Batch) header(data []byte) (body []byte, err error) {
	if len(data) == 0 || data[0] != batchVersion && data[0] != batchMore {
		return nil, fmt.Errorf("%w: unknown version", ErrBatch)
	}
	b.Counts = Counts{}
	counts, more := b.Counts.wire(data[0]), data[0] == batchMore
	data = data[1:]
	var room [14]uint64
	fields := room[:2+len(counts)]
	if more {
		fields = room[:3+len(counts)]
	}
	for i := range fields {
		v, n := binary.Uvarint(data)
		if n <= 0 || (n > 1 && data[n-1] == 0) || v > 1<<63-1 {
			return nil, fmt.Errorf("%w: malformed header", ErrBatch)
		}
		fields[i], data = v, data[n:]
	}
	if fields[0] > 1<<53 {
		return nil, fmt.Errorf("%w: time out of range", ErrBatch)
	}
	b.Received, b.Sequence = time.UnixMilli(int64(fields[0])), fields[1]
	for i, field := range counts {
		*field = int64(fields[2+i])
	}
	if b.Filed = more && fields[len(fields)-1] == 1; more && fields[len(fields)-1] > 1 {
		return nil, fmt.Errorf("%w: unknown flag", ErrBatch)
	}
	return data, nil
}

func (b *Batch) unpack(packed []byte) error {
	size, err := s2.DecodedLen(packed)
	if err != nil || size > maxBatchBytes {
		return fmt.Errorf("%w: malformed body", ErrBatch)
	}
	if b.unpacked, err = s2.Decode(b.unpacked[:cap(b.unpacked)], packed); err != nil {
		return fmt.Errorf("%w: %w", ErrBatch, err)
	}
	b.Records = b.Records[:0]
	for rest := b.unpacked; len(rest) > 0; {
		size, n := binary.Uvarint(rest)
		if n <= 0 || (n > 1 && rest[n-1] == 0) || size > uint64(len(rest)-n) {
			return fmt.Errorf("%w: malformed record length", ErrBatch)
		}
		end := n + int(size)
		b.Records, rest = append(b.Records, rest[n:end:end]), rest[end:]
	}
	return nil
}

// wire lists the counts a producer may speak of, in the order of the wire.
func (c *Counts) wire(version byte) []*int64 {
	all := [...]*int64{
		&c.Messages.In, &c.Messages.Done, &c.Messages.Ignored, &c.Messages.Quarantined,
		&c.Objects.In, &c.Objects.Read, &c.Objects.Ignored, &c.Objects.Quarantined,
		&c.Records.In, &c.Records.Quarantined, &c.Records.Ignored,
	}
	if version == batchMore {
		return all[:]
	}
	return all[:len(all)-1]
}
