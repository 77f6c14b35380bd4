package exposure

import (
	"strings"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func markOf(rec *cloudtrail.Record) Mark {
	m := Mark{At: rec.EventTime.UTC(), EventID: rec.EventID}
	switch rec.EventName {
	case "CreateBucket", "CreateAccessPoint", "CreateMultiRegionAccessPoint":
		m.First = true
	default:
		m.Order = orderOf(rec)
	}
	return m
}

// The places of events within their second. Between what closes, which is 0, and shares are blocks, the later the more of
// the four flags they leave off.
const (
	sharesOrder  = 5
	opensOrder   = 6
	deletesOrder = 7
)

// orderOf is the place of an event among those of its second. It depends on the record alone, so that the same record
// always has the same place.
func orderOf(rec *cloudtrail.Record) int8 {
	w := &writer{b: &Bucket{Account: rec.OwnerAccount()}, a: &Account{}, rec: rec}
	switch name := rec.EventName; {
	case name == "DeleteBucket", name == "DeleteAccessPoint", name == "DeleteMultiRegionAccessPoint":
		return deletesOrder
	case strings.HasSuffix(name, "PublicAccessBlock"):
		w.block(&w.a.Block)
		return off(w.a.Block, strings.HasPrefix(name, "Delete"))
	case name == "DetachPolicy", name == "DeletePolicy", name == "DisablePolicyType",
		name == "UpdatePolicy" && blocksAll(rec.RequestParameters.Get("content").Text()) != Yes:
		return int8(flags)
	case name == "DeleteBucketOwnershipControls":
		return 1
	case name == "PutBucketOwnershipControls":
		w.putOwnership()
		return int8(min(1, 1+unenforced(w.b.Ownership[0].Value)))
	case name == "PutBucketPolicy", name == "PutAccessPointPolicy", name == "PutMultiRegionAccessPointPolicy":
		return w.policyOrder(policyText(rec.RequestParameters))
	case name == "PutBucketAcl", name == "PutObjectAcl", Upload(name):
		acl, _ := w.acl()
		switch {
		case openACL(acl):
			return opensOrder
		case granted(acl):
			return sharesOrder
		}
	}
	return 0
}

// off counts the flags that a block leaves off.
func off(block Flags, deleted bool) int8 {
	n := int8(0)
	for _, f := range block {
		if e, _ := f.Latest(); deleted || e.Value != Yes {
			n++
		}
	}
	return n
}

func (w *writer) policyOrder(text string) int8 {
	p, err := ParsePolicy([]byte(text))
	if err != nil {
		return opensOrder
	}
	order := int8(0)
	for _, g := range (scene{account: w.b.Account}).grants(p, PolicyPath) {
		switch {
		case g.Public:
			return opensOrder
		case g.Foreign:
			order = sharesOrder
		}
	}
	return order
}
