package exposure

import (
	"strings"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// maxPoints and maxObjects bound what is kept of one account and one bucket.
const (
	maxPoints  = 256
	maxObjects = 256
)

// pointAct is the act of an access point event. Their calls name the access point, and only the one that makes
// it names the bucket. Those of multi-region access points are asynchronous, and only the request is recorded.
func pointAct(eventName string) *act {
	switch eventName {
	case "CreateAccessPoint", "CreateMultiRegionAccessPoint":
		return &act{AccessPointScope, (*writer).createPoint}
	case "DeleteAccessPoint", "DeleteMultiRegionAccessPoint":
		return &act{AccessPointScope, func(w *writer) {
			if p := w.point(); p != nil {
				put(w, &p.Bucket, "", false)
				put(w, &p.Policy, "", false)
			}
		}}
	case "PutAccessPointPolicy", "PutMultiRegionAccessPointPolicy":
		return &act{AccessPointScope, (*writer).putPointPolicy}
	case "DeleteAccessPointPolicy":
		return &act{AccessPointScope, func(w *writer) {
			if p := w.point(); p != nil {
				put(w, &p.Policy, "", false)
			}
		}}
	default:
		return nil
	}
}

// pointName is the access point a record names.
func pointName(rec *cloudtrail.Record) string {
	name := find(rec.RequestParameters, 0, "name", "accessPointName").Text()
	if _, tail, ok := strings.Cut(name, "accesspoint/"); ok {
		return tail
	}
	return name
}

// find looks for the first member of one of the names, then one level deeper and so on: the shapes of these
// requests differ between the API's versions.
func find(v cloudtrail.Value, depth int, names ...string) cloudtrail.Value {
	const most = 4
	for _, name := range names {
		if m := v.Get(name); m.Exists() {
			return m
		}
	}
	if depth < most {
		for _, inner := range v.Members() {
			if m := find(inner, depth+1, names...); m.Exists() {
				return m
			}
		}
	}
	return cloudtrail.Value{}
}

// point is the state of the access point the record names, nil if it names none or there are too many.
func (w *writer) point() *AccessPoint {
	name := pointName(w.rec)
	if p := w.a.AccessPoints[name]; p != nil || name == "" {
		return p
	}
	if len(w.a.AccessPoints) >= maxPoints {
		return nil
	}
	if w.a.AccessPoints == nil {
		w.a.AccessPoints = map[string]*AccessPoint{}
	}
	p := &AccessPoint{Name: name}
	w.a.AccessPoints[name] = p
	return p
}

// createPoint sets what is fixed for an access point's life: its bucket, its network origin and its own Public
// Access Block, of which all four flags are on unless the request says otherwise.
func (w *writer) createPoint() {
	p := w.point()
	if p == nil {
		return
	}
	block := BlockAll()
	if config := find(w.rec.RequestParameters, 0, "PublicAccessBlockConfiguration", "PublicAccessBlock"); config.IsObject() {
		block, _ = ParseBlock(config.Raw())
	}
	w.flags(&p.Block, block.tri())
	put(w, &p.Bucket, find(w.rec.RequestParameters, 0, "bucket", "bucketName").Text(), false)
	put(w, &p.VPCOnly, find(w.rec.RequestParameters, 0, "vpcId").Text() != "", false)
	put(w, &p.Policy, "", false)
}

func (w *writer) putPointPolicy() {
	p := w.point()
	if p == nil {
		return
	}
	v := find(w.rec.RequestParameters, 0, "policy", "accessPointPolicy")
	text := v.Text()
	if text == "" {
		text = string(v.Raw())
	}
	put(w, &p.Policy, text, false)
}

// putObjectACL sets one object's ACL. An upload without one makes the object private again.
func (w *writer) putObjectACL() {
	key := w.rec.Key()
	acl, given := w.acl()
	if !given && !Upload(w.rec.EventName) {
		acl.fault("the record shows no ACL")
	}
	if w.b.Objects == nil {
		w.b.Objects = map[string]Fact[ACL]{}
	}
	f := w.b.Objects[key]
	put(w, &f, acl, false)
	w.b.Objects[key] = f
	if len(w.b.Objects) > maxObjects {
		delete(w.b.Objects, oldest(w.b.Objects))
	}
	w.proveACL(acl)
}

// oldest is the key whose ACL was set first.
func oldest(objects map[string]Fact[ACL]) string {
	var out string
	var mark Mark
	for key, f := range objects {
		if e, _ := f.Latest(); mark.At.IsZero() || e.Compare(mark) < 0 {
			out, mark = key, e.Mark
		}
	}
	return out
}
