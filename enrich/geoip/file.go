package geoip

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/oschwald/geoip2-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2"
)

// FileError is a data file that cannot be used, and why.
type FileError struct {
	Setting string // "city", "tor_geoip"
	Path    string
	Cause   error
}

// Error says what is wrong and what to do.
func (e *FileError) Error() string { return fmt.Sprintf("geoip.%s %s: %v", e.Setting, e.Path, e.Cause) }

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Cause }

// stamp tells one state of a file from another without reading it.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// file is one opened database. It is read into memory, so that whoever overwrites the file cannot hurt.
type file struct {
	want    slot
	path    string
	stamp   stamp
	db      *maxminddb.Reader
	shape   shape
	built   time.Time
	label   string // "GeoLite2-City of 2026-11-01"
	problem string // why a newer file could not be taken
}

// openFile opens a database for one slot. Every error is a *FileError.
func openFile(want slot, path string) (*file, error) {
	f := &file{want: want, path: path, stamp: stampOf(path)}
	if err := f.read(); err != nil {
		return nil, &FileError{Setting: string(want), Path: path, Cause: err}
	}
	return f, nil
}

func (f *file) read() error {
	data, err := os.ReadFile(f.path)
	if err != nil {
		return causeOf(err)
	}
	if len(data) == 0 {
		return errors.New("the file is empty; fetch it again")
	}
	f.db, err = maxminddb.OpenBytes(data)
	if err != nil {
		return fmt.Errorf("no MaxMind DB file, or cut short; fetch it again: %w", err)
	}
	var found bool
	f.shape, found, err = shapeOf(f.db)
	if err != nil {
		return fmt.Errorf("damaged; fetch it again: %w", err)
	}
	meta := f.db.Metadata
	if !found {
		return fmt.Errorf("%s holds no networks; fetch it again", meta.DatabaseType)
	}
	if !f.shape.can(f.want) {
		return f.misplaced()
	}
	f.built = meta.BuildTime().UTC()
	f.label = fmt.Sprintf("%s of %s", meta.DatabaseType, f.built.Format(time.DateOnly))
	return nil
}

// misplaced says which setting would be right for a good file in the wrong one.
func (f *file) misplaced() error {
	right := f.shape.slots()
	if len(right) == 0 {
		return fmt.Errorf("%s tells neither places, networks nor anonymous addresses", f.db.Metadata.DatabaseType)
	}
	return fmt.Errorf("%s does not tell what is asked of it here; it belongs to %s",
		f.db.Metadata.DatabaseType, strings.Join(right, " or "))
}

// place fills country, city and coordinates where they are not yet known, and reports whether the country is
// from here.
func (f *file) place(ip netip.Addr, p *Place) bool {
	had := p.Country
	r := f.db.Lookup(ip)
	if f.shape.flat != nil {
		f.shape.flat.place(r, p)
		return p.Country != had
	}
	var record geoip2.City // a Country record is a City record with less in it
	if !r.Found() || r.Decode(&record) != nil {
		return false
	}
	if p.Country == "" {
		p.Country = record.Country.ISOCode
	}
	if p.City == "" {
		p.City = record.City.Names.English
	}
	at := record.Location
	if !p.Located && at.Latitude != nil && at.Longitude != nil {
		p.Latitude, p.Longitude, p.Located = *at.Latitude, *at.Longitude, true
	}
	return p.Country != had
}

// system fills the autonomous system and reports whether it is known.
func (f *file) system(ip netip.Addr, p *Place) bool {
	r := f.db.Lookup(ip)
	if f.shape.flat != nil {
		f.shape.flat.system(r, p)
		return p.ASN != 0
	}
	var record geoip2.ASN
	if !r.Found() || r.Decode(&record) != nil {
		return false
	}
	p.ASN, p.Org = uint32(record.AutonomousSystemNumber), record.AutonomousSystemOrganization
	return p.ASN != 0
}

// flags fills the marks of anonymous networks.
func (f *file) flags(ip netip.Addr, p *Place) {
	r := f.db.Lookup(ip)
	if f.shape.flat != nil {
		f.shape.flat.flags(r, p)
		return
	}
	var record geoip2.AnonymousPlus // an AnonymousIP record is one with less in it
	if !r.Found() || r.Decode(&record) != nil {
		return
	}
	p.VPN, p.Hosting, p.Tor = record.IsAnonymousVPN, record.IsHostingProvider, record.IsTorExitNode
	p.Proxy, p.Provider = record.IsPublicProxy || record.IsResidentialProxy, record.ProviderName
}

// causeOf drops the path from an error of package os: the FileError names it.
func causeOf(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
