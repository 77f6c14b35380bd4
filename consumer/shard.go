package consumer

import "github.com/trailwarden/trailwarden/consumer/cloudtrail"

// ShardOf is the shard of a record: the same for all records of one actor and for all sessions of one role, whose
// habits are compared with each other; evenly spread over roles and users. It depends on nothing but the actor's key and
// the number of shards, so every process and every run agrees.
func ShardOf(h *cloudtrail.Header, shards int) int {
	var room [256]byte
	return ShardOfKey(h.AppendRoleKey(room[:0]), shards)
}

// ShardOfKey is the shard of any key, such as an account's number.
func ShardOfKey[K string | []byte](key K, shards int) int {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a, 64 bit
	hash := uint64(offset)
	for i := range len(key) {
		hash = (hash ^ uint64(key[i])) * prime
	}
	hash ^= hash >> 32 // the low bits of FNV alone favour some shards
	return int(hash % uint64(max(shards, 1)))
}
