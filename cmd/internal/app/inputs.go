package app

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// input is one file to replay.
type input struct {
	path string // "-" for standard input
	size int64  // bytes on disk; 0 if not known
}

// stamp is the time in the name CloudTrail gives a log file, by which files of several accounts and regions are
// brought into order.
var stamp = regexp.MustCompile(`_(\d{8}T\d{4}Z)_`)

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
			out = append(out, input{p, info.Size()})
			continue
		}
		before := len(out)
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !d.Type().IsRegular() || !logFile(d.Name()) {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			out = append(out, input{path, info.Size()})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read folder %s: %w", p, err)
		}
		if len(out) == before {
			return nil, fmt.Errorf("folder %s holds no log files (.json, .jsonl, .gz or .zst)", p)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return order(out[i].path) < order(out[j].path) })
	return out, nil
}

// order is what files are sorted by: their stamp if they have one, else nothing, so that they keep their order.
func order(path string) string {
	if m := stamp.FindStringSubmatch(filepath.Base(path)); m != nil {
		return m[1]
	}
	return ""
}
