package geoip

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// torFallback is the setting that names the folder of tor's lists.
const torFallback slot = "tor_geoip"

// torList holds the country lists that tor brings along: "16777216,16777471,AU" a line, and for IPv6
// "2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP". Countries of IPv6 never split a /64, so that the upper
// half of an address decides.
type torList struct {
	directory string
	stamps    [2]stamp
	v4        []span[uint32]
	v6        []span[uint64]
	built     time.Time
	label     string
	problem   string
}

// span is a range of addresses, both ends included, of one country.
type span[T cmp.Ordered] struct {
	from, to T
	country  [2]byte
}

func torFiles(directory string) (v4, v6 string) {
	return filepath.Join(directory, "geoip"), filepath.Join(directory, "geoip6")
}

func torStamps(directory string) [2]stamp {
	v4, v6 := torFiles(directory)
	return [2]stamp{stampOf(v4), stampOf(v6)}
}

// openTor reads the lists in a folder; nil if there are none. Every error is a *FileError.
func openTor(directory string) (*torList, error) {
	l := &torList{directory: directory, stamps: torStamps(directory)}
	if directory == "" || l.stamps == [2]stamp{} {
		return nil, nil
	}
	v4, v6 := torFiles(directory)
	var errs [2]error
	l.v4, errs[0] = readSpans(v4, parseUint32)
	l.v6, errs[1] = readSpans(v6, parseUpper)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	l.built = l.stamps[0].modified.UTC()
	if l.stamps[1].modified.After(l.stamps[0].modified) {
		l.built = l.stamps[1].modified.UTC()
	}
	l.label = "tor's geoip of " + l.built.Format(time.DateOnly)
	return l, nil
}

func readSpans[T cmp.Ordered](path string, parse func([]byte) (T, error)) ([]span[T], error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // one of the two lists is enough
	}
	if err != nil {
		return nil, &FileError{Setting: string(torFallback), Path: path, Cause: causeOf(err)}
	}
	spans := make([]span[T], 0, len(data)/24)
	number := 0
	for line := range bytes.Lines(data) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		s, err := parseSpan(line, parse)
		if err != nil {
			return nil, &FileError{string(torFallback), fmt.Sprintf("%s:%d", path, number), err}
		}
		spans = append(spans, s)
	}
	if len(spans) == 0 {
		return nil, &FileError{string(torFallback), path, errors.New("the file holds no networks; install it again")}
	}
	slices.SortFunc(spans, func(a, b span[T]) int { return cmp.Compare(a.from, b.from) })
	return spans, nil
}

func parseSpan[T cmp.Ordered](line []byte, parse func([]byte) (T, error)) (s span[T], err error) {
	from, rest, _ := bytes.Cut(line, []byte{','})
	to, code, _ := bytes.Cut(rest, []byte{','})
	if len(code) != 2 {
		return s, errors.New("no line of tor's geoip: want first address, last address, country")
	}
	s.country = [2]byte(code)
	if s.from, err = parse(from); err != nil {
		return s, err
	}
	if s.to, err = parse(to); err != nil {
		return s, err
	}
	if s.to < s.from {
		return s, errors.New("the last address lies before the first")
	}
	return s, nil
}

func parseUint32(text []byte) (uint32, error) {
	n, err := strconv.ParseUint(string(text), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is no IPv4 address as a number", text)
	}
	return uint32(n), nil
}

func parseUpper(text []byte) (uint64, error) {
	addr, err := netip.ParseAddr(string(text))
	if err != nil || !addr.Is6() {
		return 0, fmt.Errorf("%q is no IPv6 address", text)
	}
	return upper(addr), nil
}

func upper(addr netip.Addr) uint64 {
	b := addr.As16()
	return binary.BigEndian.Uint64(b[:8])
}

// country gives the country of an address, "" if the lists do not hold it; "??" of the lists is unknown.
func (l *torList) country(addr netip.Addr) string {
	var code [2]byte
	if addr.Is4() {
		b := addr.As4()
		code = find(l.v4, binary.BigEndian.Uint32(b[:]))
	} else {
		code = find(l.v6, upper(addr))
	}
	if code == [2]byte{} || code == [2]byte{'?', '?'} {
		return ""
	}
	return string(code[:])
}

func find[T cmp.Ordered](spans []span[T], at T) [2]byte {
	i, exact := slices.BinarySearchFunc(spans, at, func(s span[T], at T) int { return cmp.Compare(s.from, at) })
	if !exact {
		i--
	}
	if i < 0 || spans[i].to < at {
		return [2]byte{}
	}
	return spans[i].country
}
