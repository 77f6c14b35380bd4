// Package geoiptest writes small MaxMind-format databases for tests.
package geoiptest

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// Records gives the record of each network, by CIDR.
type Records map[string]mmdbtype.Map

// Write makes a database of a type, such as "GeoLite2-City", and gives its path: a file of that name in a
// directory of the test's own.
func Write(t testing.TB, databaseType string, built time.Time, records Records) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), databaseType+".mmdb")
	WriteTo(t, path, databaseType, built, records)
	return path
}

// WriteTo is Write to a given path. The file is replaced as a whole.
func WriteTo(t testing.TB, path, databaseType string, built time.Time, records Records) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: databaseType, BuildEpoch: built.Unix(), IncludeReservedNetworks: true, RecordSize: 24,
	})
	if err != nil {
		t.Fatal(err)
	}
	for cidr, record := range records {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, record); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		t.Fatal(err)
	}
}

// City is a record of a City database.
func City(country, name string, latitude, longitude float64) mmdbtype.Map {
	return mmdbtype.Map{
		"country":  mmdbtype.Map{"iso_code": mmdbtype.String(country)},
		"city":     mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(name)}},
		"location": mmdbtype.Map{"latitude": mmdbtype.Float64(latitude), "longitude": mmdbtype.Float64(longitude)},
	}
}

// Country is a record of a Country database.
func Country(code string) mmdbtype.Map {
	return mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}}
}

// ASN is a record of an ASN database.
func ASN(number uint32, organization string) mmdbtype.Map {
	return mmdbtype.Map{
		"autonomous_system_number":       mmdbtype.Uint32(number),
		"autonomous_system_organization": mmdbtype.String(organization),
	}
}

// Marks is a record of an Anonymous IP database; flags are its members that are true.
func Marks(flags ...string) mmdbtype.Map {
	record := mmdbtype.Map{"is_anonymous": mmdbtype.Bool(true)}
	for _, flag := range flags {
		record[mmdbtype.String(flag)] = mmdbtype.Bool(true)
	}
	return record
}
