package app

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/consumer"
)

// input is one file to replay.
type input struct {
	path string // "-" for standard input
	// stamp is the time in its name, by which files of several accounts and regions are brought into order.
	stamp string
}

// logFile reports whether a file of a folder is read, by its name.
func logFile(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json.zst", ".jsonl.zst", ".zst", ".gz"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// inputs lists the files that the paths name, oldest log first. A file that is named is read whatever its name.
func inputs(paths []string) ([]input, error) {
	var out []input
	for _, p := range paths {
		if p == "-" {
			out = append(out, input{path: p})
			continue
		}
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w; name a file, a folder, or - for standard input", p, unwrapPath(err))
		}
		if !info.IsDir() {
			out = append(out, input{path: p})
			continue
		}
		before := len(out)
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !d.Type().IsRegular() || !logFile(d.Name()) {
				return err
			}
			out = append(out, input{path: path})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read folder %s: %w", p, err)
		}
		if len(out) == before {
			return nil, fmt.Errorf("folder %s holds no log files (.json, .jsonl, .gz or .zst)", p)
		}
	}
	for i := range out {
		out[i].stamp = consumer.Stamp(out[i].path)
	}
	slices.SortStableFunc(out, func(a, b input) int { return strings.Compare(a.stamp, b.stamp) })
	return out, nil
}

// size is how many bytes the file has on disk; 0 if that is not known.
func (f input) size() int64 {
	info, err := os.Stat(f.path)
	if err != nil {
		return 0
	}
	return info.Size()
}
