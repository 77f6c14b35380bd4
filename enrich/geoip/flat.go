package geoip

import (
	"strconv"
	"strings"

	"github.com/oschwald/maxminddb-golang/v2"
)

// flatKeys names the members of a flat record; an empty one is not there.
type flatKeys struct {
	country, city, latitude, longitude string
	asn, org                           string
	vpn, hosting, tor, proxy           string
}

// flatKeysOf finds the members by the names that publishers of flat databases use; nil if there is none, or the
// records are nested.
func flatKeysOf(seen map[string]any) *flatKeys {
	first := func(names ...string) string {
		for _, name := range names {
			switch seen[name].(type) {
			case nil, map[string]any, []any:
			default:
				return name
			}
		}
		return ""
	}
	k := flatKeys{
		country:   first("country_code", "country"),
		city:      first("city", "city_name"),
		latitude:  first("latitude", "lat"),
		longitude: first("longitude", "lng", "lon"),
		asn:       first("asn", "as_number"),
		org:       first("as_name", "as_organization", "organization", "org", "as_domain"),
		vpn:       first("vpn", "is_vpn"),
		hosting:   first("hosting", "is_hosting"),
		tor:       first("tor", "is_tor"),
		proxy:     first("proxy", "is_proxy"),
	}
	if k == (flatKeys{}) {
		return nil
	}
	return &k
}

func (k *flatKeys) shape() shape {
	return shape{
		flat: k, city: k.city != "", country: k.country != "", asn: k.asn != "",
		anonymous: k.vpn+k.hosting+k.tor+k.proxy != "",
	}
}

// place fills what the record says of the place and is not yet known.
func (k *flatKeys) place(r maxminddb.Result, p *Place) {
	if code := text(r, k.country); p.Country == "" && len(code) == 2 {
		p.Country = strings.ToUpper(code)
	}
	if p.City == "" {
		p.City = text(r, k.city)
	}
	if p.Located {
		return
	}
	latitude, errLatitude := strconv.ParseFloat(text(r, k.latitude), 64)
	longitude, errLongitude := strconv.ParseFloat(text(r, k.longitude), 64)
	if errLatitude == nil && errLongitude == nil {
		p.Latitude, p.Longitude, p.Located = latitude, longitude, true
	}
}

// system fills the autonomous system: a number, or text such as "AS15169".
func (k *flatKeys) system(r maxminddb.Result, p *Place) {
	digits := strings.TrimPrefix(strings.ToUpper(text(r, k.asn)), "AS")
	if number, err := strconv.ParseUint(digits, 10, 32); err == nil {
		p.ASN, p.Org = uint32(number), text(r, k.org)
	}
}

// flags fills what the record says of anonymous networks.
func (k *flatKeys) flags(r maxminddb.Result, p *Place) {
	set := func(flag *bool, key string) {
		value, err := strconv.ParseBool(text(r, key))
		*flag = *flag || err == nil && value
	}
	set(&p.VPN, k.vpn)
	set(&p.Hosting, k.hosting)
	set(&p.Tor, k.tor)
	set(&p.Proxy, k.proxy)
}

// text gives a member's value as text, "" if it is absent.
func text(r maxminddb.Result, key string) string {
	if key == "" {
		return ""
	}
	var value any
	if err := r.DecodePath(&value, key); err != nil {
		return ""
	}
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case float32:
		return strconv.FormatFloat(float64(v), 'f', -1, 32)
	case uint64:
		return strconv.FormatUint(v, 10)
	case uint32:
		return strconv.FormatUint(uint64(v), 10)
	case uint16:
		return strconv.FormatUint(uint64(v), 10)
	case int32:
		return strconv.FormatInt(int64(v), 10)
	case int:
		return strconv.Itoa(v)
	default:
		return ""
	}
}
