package bus

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// maxPart is the length in bytes from which a part of a key is hashed: NATS limits a subject to about 4 KiB.
const maxPart = 256

// Key joins parts to a legal key or subject, whatever bytes they hold: letters, digits, - and _ stand for
// themselves, any other byte is written =XX, an empty part is "=", and a part longer than 256 bytes so written is "==" and
// its SHA-256. Different parts give different keys. A value should carry its own name: a hash cannot be undone.
func Key(parts ...string) string {
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteByte('.')
		}
		writePart(&b, part)
	}
	return b.String()
}

func writePart(b *strings.Builder, part string) {
	const hex = "0123456789ABCDEF"
	if part == "" {
		b.WriteByte('=')
		return
	}
	length := 0
	for i := range len(part) {
		length++
		if !plain(part[i]) {
			length += 2
		}
	}
	if length > maxPart {
		sum := sha256.Sum256([]byte(part))
		b.WriteString("==")
		b.WriteString(base64.RawURLEncoding.EncodeToString(sum[:]))
		return
	}
	for i := range len(part) {
		if c := part[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'=', hex[c>>4], hex[c&15]})
		}
	}
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
