package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"os"
	"sync"
	"time"
)

// marks remember beside the embedded store, in a file of their own, the last sequence that was acknowledged of every
// stream. They are written with each acknowledgement and read at the start: a store that lost its end is told from one that
// never was longer. A kill leaves them exact. After a power cut they may lack the last second.
//
// The file has two copies of each mark, written in turn, so that one of them is whole whatever happened to the other.
//
// Beside a cluster they are of the process that settles the layout alone, are kept in the state bucket, and tell how each
// stream was when it was last looked at.
type marks struct {
	mu     sync.Mutex
	file   *os.File       // nil beside a cluster
	slots  map[string]int // by stream
	marks  map[string]mark
	dirty  bool
	failed error
}

// mark is what is known of a stream.
type mark struct {
	made     int64  // when the stream was made, Unix nanoseconds
	losses   uint64 // how often it was found to have lost its end
	last     uint64 // highest sequence acknowledged
	at       int64  // when that was, Unix nanoseconds
	held     uint64 // messages in the stream, as last looked at
	since    uint64 // messages acknowledged since then
	writings uint64 // of the mark
}

const (
	markName  = 48 // bytes
	markSize  = 128
	slotSize  = 2 * markSize
	marksFile = "marks"
)

func openMarks(path string, streams []string) (*marks, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the marks of the streams: %w", err)
	}
	m := &marks{file: f, slots: map[string]int{}, marks: map[string]mark{}}
	for i, name := range streams {
		m.slots[name] = i
		slot := make([]byte, slotSize)
		_, _ = f.ReadAt(slot, int64(i)*slotSize) // what is not there is not whole
		for _, half := range [][]byte{slot[:markSize], slot[markSize:]} {
			if found, ok := decodeMark(half, name); ok && found.writings > m.marks[name].writings {
				m.marks[name] = found
			}
		}
	}
	return m, nil
}

func (m mark) encode(name string) []byte {
	b := make([]byte, markName, markSize)
	copy(b, name)
	for _, n := range []uint64{uint64(m.made), m.losses, m.last, uint64(m.at), m.held, m.since, m.writings} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	b = binary.LittleEndian.AppendUint64(b, crc64.Checksum(b, crc64.MakeTable(crc64.ECMA)))
	return b[:markSize]
}

func decodeMark(b []byte, name string) (mark, bool) {
	const size = markName + 7*8
	if binary.LittleEndian.Uint64(b[size:]) != crc64.Checksum(b[:size], crc64.MakeTable(crc64.ECMA)) || string(b[:len(name)]) != name || b[len(name)] != 0 {
		return mark{}, false
	}
	n := func(i int) uint64 { return binary.LittleEndian.Uint64(b[markName+8*i:]) }
	return mark{made: int64(n(0)), losses: n(1), last: n(2), at: int64(n(3)), held: n(4), since: n(5), writings: n(6)}, true
}

// get gives the mark of a stream; ok is false if there is none.
func (m *marks) get(name string) (_ mark, ok bool) {
	if m == nil {
		return mark{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found, ok := m.marks[name]
	return found, ok
}

// acked notes that so many messages were stored, the last of them at a sequence.
func (m *marks) acked(name string, sequence uint64, n int) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now, ok := m.marks[name]; ok && sequence > now.last {
		now.last, now.at, now.since = sequence, time.Now().UnixNano(), now.since+uint64(n)
		m.write(name, now)
	}
}

// looked notes how much a stream holds.
func (m *marks) looked(name string, held uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now, ok := m.marks[name]; ok && (now.held != held || now.since != 0) {
		now.held, now.since = held, 0
		m.write(name, now)
	}
}

func (m *marks) set(name string, now mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.write(name, now)
}

// write takes the turn of the older copy. m is locked.
func (m *marks) write(name string, now mark) {
	now.writings = m.marks[name].writings + 1
	m.marks[name] = now
	at := int64(m.slots[name])*slotSize + int64(now.writings%2)*markSize
	m.dirty = true
	if m.file == nil {
		return
	}
	_, m.failed = m.file.WriteAt(now.encode(name), at)
}

// pack gives the marks as they are kept beside a cluster; nil while nothing has changed.
func (m *marks) pack() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirty {
		return nil
	}
	m.dirty = false
	var all []byte
	for name, one := range m.marks {
		all = append(all, one.encode(name)...)
	}
	return all
}

// unpackMarks reads what pack gave.
func unpackMarks(data []byte, streams []string) *marks {
	m := &marks{slots: map[string]int{}, marks: map[string]mark{}}
	for ; len(data) >= markSize; data = data[markSize:] {
		for _, name := range streams {
			if one, ok := decodeMark(data[:markSize], name); ok {
				m.marks[name] = one
			}
		}
	}
	return m
}

// sync brings the marks to the disk, and tells why the last one could not be written.
func (m *marks) sync() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirty || m.file == nil {
		return m.failed
	}
	m.dirty = false
	return errors.Join(m.failed, m.file.Sync())
}
