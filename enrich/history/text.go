package history

// maxText bounds the texts kept of the last events: no bucket, call, error code or address is longer.
const maxText = 128

// texts keeps every text of the last events once, however many events share it, for as long as one does. The
// number 0 is the empty text.
type texts struct {
	byHash  map[uint64]uint32
	entries []textEntry
	free    []uint32
	bytes   int64
}

type textEntry struct {
	text string
	hash uint64
	refs uint32
}

// textCost is what one entry takes beside its text.
const textCost = 64

func newTexts() texts {
	return texts{byHash: map[uint64]uint32{}, entries: make([]textEntry, 1)}
}

// hold gives the number of a text, which stays valid until it is released as often as it was held. Guess is the
// number of a text that may be the same, or 0.
func (t *texts) hold(text []byte, guess uint32) uint32 {
	if len(text) == 0 {
		return 0
	}
	if e := &t.entries[guess]; e.text == string(text) {
		e.refs++
		return guess
	}
	if len(text) > maxText {
		text = text[:maxText]
	}
	h := hash(0, text)
	n, shared := t.byHash[h]
	if shared && t.entries[n].text == string(text) {
		t.entries[n].refs++
		return n
	}
	fresh := textEntry{text: string(text), hash: h, refs: 1}
	if last := len(t.free) - 1; last >= 0 {
		n, t.free = t.free[last], t.free[:last]
		t.entries[n] = fresh
	} else {
		n = uint32(len(t.entries))
		t.entries = append(t.entries, fresh)
	}
	if !shared { // of two texts with one hash, the second is kept as often as it comes
		t.byHash[h] = n
	}
	t.bytes += int64(len(text)) + textCost
	return n
}

func (t *texts) release(n uint32) {
	if n == 0 {
		return
	}
	e := &t.entries[n]
	if e.refs--; e.refs > 0 {
		return
	}
	if t.byHash[e.hash] == n {
		delete(t.byHash, e.hash)
	}
	t.bytes -= int64(len(e.text)) + textCost
	*e = textEntry{}
	t.free = append(t.free, n)
}

func (t *texts) of(n uint32) string { return t.entries[n].text }
