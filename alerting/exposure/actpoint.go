package exposure

import (
	"strings"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// maxDeep is how deep a request is searched.
const maxDeep = 4

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

// pointKey is what the state of a record's access point is kept under: names are unique within a region only.
func pointKey(rec *cloudtrail.Record) string {
	if strings.Contains(rec.EventName, "MultiRegion") {
		return pointName(rec)
	}
	return rec.Region + "/" + pointName(rec)
}

// placeOf is the region and the name in an access point's key; a multi-region one is in no region.
func placeOf(key string) (region, name string) {
	if region, name, ok := strings.Cut(key, "/"); ok {
		return region, name
	}
	return "", key
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
	for _, name := range names {
		if m := v.Get(name); m.Exists() {
			return m
		}
	}
	if depth < maxDeep {
		for _, inner := range v.Members() {
			if m := find(inner, depth+1, names...); m.Exists() {
				return m
			}
		}
	}
	return cloudtrail.Value{}
}

// BucketOf is the bucket a record is about: the one it names, else that of the access point it names, as far as known.
func (a *Account) BucketOf(rec *cloudtrail.Record) string {
	if name := rec.Bucket(); name != "" || pointAct(rec.EventName) == nil {
		return name
	}
	if p := a.AccessPoints[pointKey(rec)]; p != nil {
		made, _ := p.Bucket.Latest()
		return made.Value
	}
	return ""
}

// point is the state of the access point the record names, nil if it names none.
func (w *writer) point() *AccessPoint {
	name, key := pointName(w.rec), pointKey(w.rec)
	if p := w.a.AccessPoints[key]; p != nil || name == "" {
		return p
	}
	if w.a.AccessPoints == nil {
		w.a.AccessPoints = map[string]*AccessPoint{}
	}
	p := &AccessPoint{Name: name}
	w.a.AccessPoints[key] = p
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
	put(w, &p.Policy, policyText(w.rec.RequestParameters), false)
}

// putObjectACL sets one object's ACL. An upload without one makes the object private again.
func (w *writer) putObjectACL() {
	key := objectName(w.rec)
	acl, given := w.acl()
	if !given && !Upload(w.rec.EventName) {
		acl.fault("the record shows no ACL")
	}
	if w.b.Objects == nil {
		w.b.Objects = map[string]Fact[ACL]{}
	}
	f := w.b.Objects[key]
	if before, ok := f.Before(w.mark); ok && Upload(w.rec.EventName) && !granted(acl) && granted(before.Value) && w.versioned() {
		return // what it replaces lives on as an older version, with its ACL
	}
	put(w, &f, acl, false)
	w.b.Objects[key] = f
	w.proveACL(acl)
}

// deleteObject makes an object private, of which a record with an ACL was seen or is still to come. In a bucket that keeps
// older versions the object lives on as one.
func (w *writer) deleteObject() {
	key := objectName(w.rec)
	if w.versioned() && key == w.rec.Key() {
		return
	}
	if w.b.Objects == nil {
		w.b.Objects = map[string]Fact[ACL]{}
	}
	private, _ := CannedACL("private")
	f := w.b.Objects[key]
	put(w, &f, *private, false)
	w.b.Objects[key] = f
}

// versioned reports whether the bucket keeps, or once kept, older versions of its objects, as far as was seen.
func (w *writer) versioned() bool {
	e, ok := w.b.Settings[Versioning].Before(w.mark)
	return ok && (strings.Contains(e.Value, "Enabled") || strings.Contains(e.Value, "Suspended"))
}

// objectName is the object a record names: each of its versions has an ACL of its own, and which of them is the
// current one cannot be told.
func objectName(rec *cloudtrail.Record) string {
	if version := rec.RequestParameters.Get("versionId").Text(); version != "" && version != "null" {
		return rec.Key() + "?versionId=" + version
	}
	return rec.Key()
}
