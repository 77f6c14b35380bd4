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
	"strconv"
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
func (e *ListError) Error() string { return fmt.Sprintf("%s: %v", e.place(), e.Cause) }

func (e *ListError) place() string {
	if e.Line == 0 {
		return e.Path
	}
	return fmt.Sprintf("%s:%d", e.Path, e.Line)
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
		return parseRanges(limited, add)
	}
	lines := bufio.NewScanner(limited)
	for lines.Scan() {
		line++
		text := networkOf(lines.Text())
		if text == "" {
			continue
		}
		p, err := parseListed(text)
		if err != nil {
			if !lines.Scan() && lines.Err() != nil {
				err = lines.Err() // the line is but a piece of one
			}
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

// parseListed reads a network of a list. What is wider than any network of the internet is the beginning of one: the
// list was cut short in "/24".
func parseListed(text string) (netip.Prefix, error) {
	p, err := parsePrefix(text)
	if err != nil {
		return p, err
	}
	at, widest := p.Addr(), 8 // of the most that were ever given to one owner
	if at.Is6() {
		widest = 16
	}
	if p.Bits() < widest && !at.IsPrivate() && !at.IsLinkLocalUnicast() && !at.IsMulticast() {
		return p, fmt.Errorf("%q is wider than any network, as if cut short; fetch the file again", text)
	}
	return p, nil
}

// parseRanges reads AWS's ip-ranges.json. On an error it tells the line.
func parseRanges(r io.Reader, add func(netip.Prefix)) (line int, err error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return 0, err
	}
	lineOf := func(offset int) int { return 1 + bytes.Count(data[:min(max(offset, 0), len(data))], []byte{'\n'}) }
	var doc struct {
		Prefixes []struct {
			Prefix string `json:"ip_prefix"`
		} `json:"prefixes"`
		IPv6 []struct {
			Prefix string `json:"ipv6_prefix"`
		} `json:"ipv6_prefixes"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		offset := len(data)
		if at, ok := errors.AsType[*json.SyntaxError](err); ok {
			offset = int(at.Offset)
		} else if at, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			offset = int(at.Offset)
		}
		return lineOf(offset), fmt.Errorf("no ip-ranges.json, or cut short; fetch it again: %w", err)
	}
	texts := make([]string, 0, len(doc.Prefixes)+len(doc.IPv6))
	for _, p := range doc.Prefixes {
		texts = append(texts, p.Prefix)
	}
	for _, p := range doc.IPv6 {
		texts = append(texts, p.Prefix)
	}
	for _, text := range texts {
		p, err := parseListed(text)
		if err != nil {
			return lineOf(bytes.Index(data, strconv.AppendQuote(nil, text))), err
		}
		add(p)
	}
	return 0, nil
}

// causeOf drops the path from an error of package os: the ListError names it.
func causeOf(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
