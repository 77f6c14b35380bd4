package geoip

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// DB is the databases of one moment. It never changes and is safe for concurrent use; Refresh makes a new one.
type DB struct {
	cfg   Config
	files []*file
	tor   *torList
	// The same files by what they are asked for, the best first.
	places, systems, marks []*file
}

// Open opens every configured file. Faults are *FileError, all of them joined.
func Open(cfg Config) (*DB, error) {
	d := &DB{cfg: cfg}
	var errs []error
	for _, want := range cfg.wanted() {
		f, err := openFile(want.slot, want.path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d.files = append(d.files, f)
	}
	var err error
	if d.tor, err = openTor(cfg.TorGeoIP); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	d.arrange()
	return d, nil
}

type wanted struct {
	slot slot
	path string
}

// wanted lists the files the settings name.
func (c Config) wanted() []wanted {
	all := []wanted{{city, c.City}, {country, c.Country}, {asn, c.ASN}, {anonymous, c.AnonymousIP}}
	return slices.DeleteFunc(all, func(w wanted) bool { return w.path == "" })
}

// arrange sorts the files by what they can tell. A file is asked first for what its own setting is about.
func (d *DB) arrange() {
	for _, f := range d.files {
		if f.shape.city || f.shape.country {
			d.places = append(d.places, f)
		}
		if f.shape.asn {
			d.systems = append(d.systems, f)
		}
		if f.shape.anonymous {
			d.marks = append(d.marks, f)
		}
	}
	own := func(s slot) func(a, b *file) int {
		rank := func(f *file) int {
			if f.want == s {
				return 0
			}
			return 1
		}
		return func(a, b *file) int { return rank(a) - rank(b) }
	}
	slices.SortStableFunc(d.systems, own(asn))
	slices.SortStableFunc(d.marks, own(anonymous))
}

// Refresh gives a DB with every file read anew that has changed on disk, and whether there was any. A changed
// file that cannot be used is told in the error, a *FileError each, and its old data stays in use.
func (d *DB) Refresh() (*DB, bool, error) {
	next := &DB{cfg: d.cfg, tor: d.tor}
	var errs []error
	changed := false
	for _, old := range d.files {
		f := old
		if stampOf(old.path) != old.stamp {
			changed = true
			var err error
			if f, err = openFile(old.want, old.path); err != nil {
				errs = append(errs, err)
				kept := *old
				kept.stamp, kept.problem = stampOf(old.path), err.Error()
				f = &kept
			}
		}
		next.files = append(next.files, f)
	}
	if d.tor != nil && torStamps(d.cfg.TorGeoIP) != d.tor.stamps {
		changed = true
		kept := *d.tor
		kept.stamps = torStamps(d.cfg.TorGeoIP)
		fresh, err := openTor(d.cfg.TorGeoIP)
		switch {
		case err != nil:
			errs = append(errs, err)
			kept.problem = err.Error()
			next.tor = &kept
		case fresh == nil:
			kept.problem = "the lists are gone"
			next.tor = &kept
		default:
			next.tor = fresh
		}
	}
	if !changed {
		return d, false, nil
	}
	next.arrange()
	return next, true, errors.Join(errs...)
}

// Look tells everything known of an address, with the sources and what was missing. An IPv4-mapped IPv6 address
// is looked up as the IPv4 address.
func (d *DB) Look(ip netip.Addr, now time.Time) Place {
	ip = ip.Unmap()
	var p Place
	at := d.fill(ip, &p)
	note := func(fact, source string) {
		if source != "" {
			p.Sources = append(p.Sources, fact+": "+source)
		}
	}
	note("country", at.country)
	note("asn", at.system)
	for _, f := range d.marks {
		note("anonymous_ip", f.label)
	}
	p.Missing = d.missing(&p, at, now)
	return p
}

// Spot is Look without the sources, for callers that look up very many addresses.
func (d *DB) Spot(ip netip.Addr) Place {
	var p Place
	d.fill(ip.Unmap(), &p)
	return p
}

// origin names the sources of a place's country and autonomous system.
type origin struct{ country, system string }

func (d *DB) fill(ip netip.Addr, p *Place) (at origin) {
	for _, f := range d.places {
		if f.place(ip, p) {
			at.country = f.label
		}
		if p.Country != "" && p.Located {
			break
		}
	}
	if p.Country == "" && d.tor != nil {
		if p.Country = d.tor.country(ip); p.Country != "" {
			at.country = d.tor.label
		}
	}
	for _, f := range d.systems {
		if f.system(ip, p) {
			at.system = f.label
			break
		}
	}
	for _, f := range d.marks {
		f.flags(ip, p)
	}
	return at
}

// missing lists the data that was absent, stale, or silent about this address. The age of tor's lists matters only
// where they had to tell the country.
func (d *DB) missing(p *Place, at origin, now time.Time) []string {
	var list []string
	lacking := func(fact string, known, asked bool) {
		switch {
		case known:
		case !asked:
			list = append(list, fact+": no database configured")
		default:
			list = append(list, fact+": address not in the database")
		}
	}
	lacking("country", p.Country != "", len(d.places) > 0 || d.tor != nil)
	lacking("asn", p.ASN != 0, len(d.systems) > 0)
	lacking("anonymous_ip", len(d.marks) > 0, false)
	for _, f := range d.Files(now) {
		if f.Stale && (f.Setting != string(torFallback) || f.Label == at.country) {
			list = append(list, f.Setting+": "+f.Label+" is outdated")
		}
	}
	return list
}

// File is the state of one data file.
type File struct {
	Setting string // "city", "tor_geoip"
	Path    string
	Label   string // "GeoLite2-City of 2026-11-01"
	Built   time.Time
	Stale   bool   // older than stale_after
	Problem string // why a newer state of the file is not in use; empty if all is well
}

// Files tells the state of every file in use.
func (d *DB) Files(now time.Time) []File {
	stale := func(built time.Time) bool { return now.Sub(built) > time.Duration(d.cfg.StaleAfter) }
	list := make([]File, 0, len(d.files)+1)
	for _, f := range d.files {
		list = append(list, File{string(f.want), f.path, f.label, f.built, stale(f.built), f.problem})
	}
	if t := d.tor; t != nil {
		list = append(list, File{string(torFallback), t.directory, t.label, t.built, stale(t.built), t.problem})
	}
	return list
}
