package network

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gaissmai/bart"
)

// Table is the configured networks of one moment and the built-in autonomous systems. It is safe for concurrent
// use.
type Table struct {
	lists   []*list
	systems map[uint32]Network
}

// list is one configured network.
type list struct {
	entry   Entry
	at      int // its place in the settings
	network Network
	members *bart.Lite
	stamp   stamp
	dated   time.Time // of the file
	problem string
}

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

// Open reads every configured network. All faults are told, joined, each with its place in the settings; those
// of files are *ListError.
func Open(cfg Config) (*Table, error) {
	t := &Table{systems: systems()}
	var errs []error
	for i, e := range cfg {
		l, err := openList(i, e)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		t.lists = append(t.lists, l)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t, nil
}

func openList(at int, e Entry) (*list, error) {
	l := &list{entry: e, at: at, members: new(bart.Lite), network: Network{Kind: e.Kind, Name: e.Name}}
	for j, text := range e.CIDRs {
		p, err := parsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("networks[%d].cidrs[%d]: %w", at, j, err)
		}
		l.members.Insert(p)
	}
	l.network.Source = fmt.Sprintf("network: %s (settings)", e.Name)
	if e.File == "" {
		return l, nil
	}
	l.stamp = stampOf(e.File)
	dated, err := readList(e.File, l.members.Insert)
	if err != nil {
		return nil, fmt.Errorf("networks[%d].file %w", at, err)
	}
	l.dated = dated
	l.network.Source = fmt.Sprintf("network: %s (%s of %s)", e.Name, filepath.Base(e.File), dated.Format(time.DateOnly))
	return l, nil
}

// Look gives the first configured network that holds an address.
func (t *Table) Look(ip netip.Addr) (Network, bool) {
	ip = ip.Unmap()
	for _, l := range t.lists {
		if l.members.Contains(ip) {
			return l.network, true
		}
	}
	return Network{}, false
}

// Endpoint gives the first configured network that lists a VPC endpoint.
func (t *Table) Endpoint(id string) (Network, bool) {
	for _, l := range t.lists {
		if slices.Contains(l.entry.VPCEndpoints, id) {
			n := l.network
			n.Source = fmt.Sprintf("network: %s (settings)", l.entry.Name)
			return n, true
		}
	}
	return Network{}, false
}

// System gives what the built-in tables say of an autonomous system.
func (t *Table) System(asn uint32) (Network, bool) {
	n, ok := t.systems[asn]
	return n, ok
}

// Refresh gives a Table with every file read anew that has changed on disk, and whether there was any. A changed
// file that cannot be used is told in the error, and its old data stays in use.
func (t *Table) Refresh() (*Table, bool, error) {
	next := &Table{systems: t.systems}
	var errs []error
	changed := false
	for _, old := range t.lists {
		l := old
		if old.entry.File != "" && stampOf(old.entry.File) != old.stamp {
			changed = true
			var err error
			if l, err = openList(old.at, old.entry); err != nil {
				errs = append(errs, err)
				kept := *old
				kept.stamp, kept.problem = stampOf(old.entry.File), err.Error()
				l = &kept
			}
		}
		next.lists = append(next.lists, l)
	}
	if !changed {
		return t, false, nil
	}
	return next, true, errors.Join(errs...)
}

// File is the state of one file of networks.
type File struct {
	Name    string // of the network
	Path    string
	Dated   time.Time // when the file was last written
	Problem string    // why a newer state of the file is not in use; empty if all is well
}

// Files tells the state of every file in use.
func (t *Table) Files() []File {
	var files []File
	for _, l := range t.lists {
		if l.entry.File != "" {
			files = append(files, File{l.entry.Name, l.entry.File, l.dated, l.problem})
		}
	}
	return files
}
