package geoip

import (
	"maps"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

// slot is a setting that names a file: what the file is asked for.
type slot string

const (
	none      slot = ""
	city      slot = "city"
	country   slot = "country"
	asn       slot = "asn"
	anonymous slot = "anonymous_ip"
)

// slotOf tells from the name of an edition or of a database's type what it can be asked for.
func slotOf(edition string) slot {
	switch {
	case strings.Contains(edition, "Anonymous"):
		return anonymous
	case strings.Contains(edition, "City"), strings.Contains(edition, "Enterprise"):
		return city
	case strings.Contains(edition, "ASN"), strings.Contains(edition, "ISP"):
		return asn
	case strings.Contains(edition, "Country"):
		return country
	default:
		return none
	}
}

// shape is what the records of a database can tell, and how they tell it.
type shape struct {
	city, country, asn, anonymous bool
	// flat names the members of records that hold plain values side by side, as ipinfo and others write them;
	// nil for MaxMind's own nested records.
	flat *flatKeys
}

// can reports whether a database of this shape answers what a slot asks for.
func (s shape) can(want slot) bool {
	switch want {
	case city:
		return s.city
	case country:
		return s.country
	case asn:
		return s.asn
	case anonymous:
		return s.anonymous
	default:
		return false
	}
}

// slots names the settings a database of this shape would be right for.
func (s shape) slots() []string {
	var names []string
	for _, want := range []slot{city, country, asn, anonymous} {
		if s.can(want) {
			names = append(names, "geoip."+string(want))
		}
	}
	return names
}

// probed is how many records are looked at to learn a database's shape.
const probed = 512

// shapeOf learns a database's shape from its first records, and from its type where that is MaxMind's.
// found is false if the database holds no record at all.
func shapeOf(db *maxminddb.Reader) (s shape, found bool, err error) {
	seen := map[string]any{}
	left := probed
	for result := range db.Networks() {
		var record map[string]any
		if err := result.Decode(&record); err != nil {
			return shape{}, false, err
		}
		maps.Copy(seen, record)
		if left--; left == 0 {
			break
		}
	}
	if len(seen) == 0 {
		return shape{}, left < probed, nil
	}
	s = nestedShape(seen)
	if flat := flatKeysOf(seen); flat != nil {
		s = flat.shape()
	}
	switch kind := slotOf(db.Metadata.DatabaseType); {
	case s.flat != nil:
	case kind == city:
		s.city, s.country = true, true
	case kind == country:
		s.country = true
	case kind == asn:
		s.asn = true
	case kind == anonymous:
		s.anonymous = true
	}
	return s, true, nil
}

// nestedShape recognises the members of MaxMind's records.
func nestedShape(seen map[string]any) shape {
	has := func(key string) bool {
		_, ok := seen[key].(map[string]any)
		return ok
	}
	var s shape
	s.city = has("city") || has("location")
	s.country = has("country") || has("registered_country")
	_, s.asn = seen["autonomous_system_number"]
	for key := range seen {
		s.anonymous = s.anonymous || strings.HasPrefix(key, "is_")
	}
	return s
}
