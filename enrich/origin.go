package enrich

import (
	"hash/maphash"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

const (
	originSlots = 2048 // a power of two
	longestKey  = 47   // holds every address; longer texts are not kept
)

// OriginCache finds origins for one worker, most of them without a look-up. It has a fixed size, forgets what
// collides, and starts anew when the data behind it is replaced. It is not safe for concurrent use.
type OriginCache struct {
	lookup *Lookup
	data   *data // what the slots were filled from
	seed   maphash.Seed
	slots  []originSlot
}

type originSlot struct {
	length uint8 // 0: empty
	key    [longestKey]byte
	origin history.Origin
}

// Origins makes a cache for one worker.
func (l *Lookup) Origins() *OriginCache {
	return &OriginCache{lookup: l, seed: maphash.MakeSeed(), slots: make([]originSlot, originSlots)}
}

// Of gives the origin of a call: of its sourceIPAddress as recorded, which may be an address, a service host or anything
// else, unless the VPC endpoint it came through says more, or makes the address mean nothing.
func (c *OriginCache) Of(h *cloudtrail.Header) history.Origin {
	sourceIP := h.SourceIP
	current := c.lookup.data.Load()
	if c.data != current {
		clear(c.slots)
		c.data = current
	}
	if len(h.VPCEndpointID) > 0 && !network.Service(string(sourceIP)) {
		if n, ok := current.endpoint(string(h.VPCEndpointID), string(h.VPCEndpointAccountID), string(h.RecipientAccountID)); ok {
			return history.Origin{Kind: n.Kind}
		}
	}
	if len(sourceIP) == 0 || len(sourceIP) > longestKey {
		return current.origin(string(sourceIP))
	}
	slot := &c.slots[maphash.Bytes(c.seed, sourceIP)%originSlots]
	if string(slot.key[:slot.length]) != string(sourceIP) {
		slot.origin = current.origin(string(sourceIP))
		slot.length = uint8(copy(slot.key[:], sourceIP))
	}
	return slot.origin
}
