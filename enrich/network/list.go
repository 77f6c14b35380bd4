package network

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// maxList bounds an unpacked list.
const maxList = 256 << 20 // bytes

// ListError is a network file that cannot be used: where in it, and why.
type ListError struct {
	Path  string
	Line  int // from 1; 0 if the whole file is meant
	Cause error
}

// Error gives file, line and cause.
func (e *ListError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Path, e.Cause)
	}
	return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Cause)
}

// Unwrap gives the cause.
func (e *ListError) Unwrap() error { return e.Cause }

// readList gives the networks of a file to add, and the date the list speaks of. Every error is a *ListError.
func readList(path string, add func(netip.Prefix)) (time.Time, error) {
	f, err := os.Open(path)
	if err != nil {
		return time.Time{}, &ListError{Path: path, Cause: causeOf(err)}
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, &ListError{Path: path, Cause: causeOf(err)}
	}
	count := 0
	line, err := parseList(f, func(p netip.Prefix) { count++; add(p) })
	if err == nil && count == 0 {
		err = errors.New("the file holds no networks; fetch it again")
	}
	if err != nil {
		return time.Time{}, &ListError{Path: path, Line: line, Cause: causeOf(err)}
	}
	return info.ModTime().UTC(), nil
}

// parseList reads any of the known formats, plain or gzipped. On an error it tells the line, 0 if there is none.
func parseList(r io.Reader, add func(netip.Prefix)) (line int, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return 0, fmt.Errorf("gzip: %w", err)
		}
		in = bufio.NewReaderSize(unpacked, 64<<10)
	}
	limited := &io.LimitedReader{R: in, N: maxList}
	if first, _ := in.Peek(1); bytes.Equal(first, []byte{'{'}) {
		return 0, parseRanges(limited, add)
	}
	lines := bufio.NewScanner(limited)
	for lines.Scan() {
		line++
		text := networkOf(lines.Text())
		if text == "" {
			continue
		}
		p, err := parsePrefix(text)
		if err != nil {
			return line, err
		}
		add(p)
	}
	if limited.N <= 0 {
		return line, fmt.Errorf("longer than %d bytes", maxList)
	}
	return line, lines.Err()
}

// networkOf gives the network or address a line names, "" if it names none. Comments start with # or ; and may
// follow a network. Of Tor's exit list ("ExitNode …", "Published …", "LastStatus …", "ExitAddress 192.0.2.1
// 2026-11-01 10:00:00") only the addresses count.
func networkOf(line string) string {
	if i := strings.IndexAny(line, "#;"); i >= 0 {
		line = line[:i]
	}
	words := strings.Fields(strings.TrimPrefix(line, "\ufeff"))
	if len(words) == 0 {
		return ""
	}
	switch words[0] {
	case "ExitNode", "Published", "LastStatus", "@type", "Downloaded":
		return ""
	case "ExitAddress":
		if len(words) > 1 {
			return words[1]
		}
	}
	return strings.Join(words, " ")
}

// parseRanges reads AWS's ip-ranges.json.
func parseRanges(r io.Reader, add func(netip.Prefix)) error {
	var doc struct {
		Prefixes []struct {
			Prefix string `json:"ip_prefix"`
		} `json:"prefixes"`
		IPv6 []struct {
			Prefix string `json:"ipv6_prefix"`
		} `json:"ipv6_prefixes"`
	}
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return fmt.Errorf("no ip-ranges.json: %w", err)
	}
	texts := make([]string, 0, len(doc.Prefixes)+len(doc.IPv6))
	for _, p := range doc.Prefixes {
		texts = append(texts, p.Prefix)
	}
	for _, p := range doc.IPv6 {
		texts = append(texts, p.Prefix)
	}
	for _, text := range texts {
		p, err := parsePrefix(text)
		if err != nil {
			return err
		}
		add(p)
	}
	return nil
}

// causeOf drops the path from an error of package os: the ListError names it.
func causeOf(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
