package alert

import (
	"crypto/sha256"
	"encoding/hex"
)

// NewID makes the stable id of an alert from the parts that name it: 24 hex digits. The same parts in the
// same order always give the same id; no two different lists of parts are joined to the same text.
func NewID(parts ...string) string {
	h := sha256.New()
	var size [8]byte
	for _, p := range parts {
		n := len(p)
		for i := range size {
			size[i] = byte(n >> (8 * i))
		}
		h.Write(size[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
