package history

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// ID is an actor's identity in the store: the beginning of the SHA-256 of its key, so that nobody can choose a
// name that is taken for another's.
type ID [16]byte

func identify(key []byte) ID {
	sum := sha256.Sum256(key)
	return ID(sum[:16])
}

// Hash folds text to 64 bits, as the stored forms of this project do.
func Hash(text []byte) uint64 { return hash(0, text) }

// hash folds text to 64 bits. It is part of the stored form: the same text gives the same hash for ever. It is
// no defence against chosen collisions; who wants to look familiar needs none, he copies the familiar text.
func hash(seed uint64, text []byte) uint64 {
	h := seed ^ uint64(len(text))*0x9e3779b97f4a7c15
	for len(text) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64(text))
		text = text[8:]
	}
	var tail uint64
	for i, c := range text {
		tail |= uint64(c) << (8 * i)
	}
	return mix(h ^ tail ^ 0xd6e8feb86659fd93)
}

func mix(v uint64) uint64 {
	high, low := bits.Mul64(v, 0xa0761d6478bd642f)
	return high ^ low ^ v
}
