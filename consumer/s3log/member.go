package s3log

import (
	"bytes"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

const white = " \t\r\n"

// firstMember is the name of the first member of the object b begins with, as written; nil if it is not whole
// in b.
func firstMember(b []byte) []byte {
	b = bytes.TrimLeft(b[1:], white)
	if len(b) == 0 || b[0] != '"' {
		return nil
	}
	n, err := cloudtrail.Skip(b)
	if err != nil {
		return nil
	}
	return b[1 : n-1]
}

// hasRecords reports whether the object b begins with has, as far as b goes, a list of records or of what they are
// wrapped in.
func hasRecords(b []byte) bool { return hasMember(b, holdsList, '[') }

// hasMember reports whether the object b begins with has, as far as b goes, a member of such a name whose value begins
// with the given byte.
func hasMember(b []byte, named func(name []byte) bool, begin byte) bool {
	b = b[1:]
	for {
		b = bytes.TrimLeft(b, white+",")
		if len(b) == 0 || b[0] != '"' {
			return false
		}
		n, err := cloudtrail.Skip(b)
		if err != nil {
			return false
		}
		found := named(b[1 : n-1])
		b = bytes.TrimLeft(b[n:], white+":")
		if found && len(b) > 0 && b[0] == begin {
			return true
		}
		if n, err = cloudtrail.Skip(b); err != nil {
			return false
		}
		b = b[n:]
	}
}

// is compares a member's name with the one given.
func is(want string) func([]byte) bool { return func(name []byte) bool { return string(name) == want } }
