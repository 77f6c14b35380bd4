package consumer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/trailwarden/trailwarden/consumer/bus"
	"github.com/trailwarden/trailwarden/consumer/s3log"
)

const (
	scanEvery  = 2 * time.Second
	settled    = 5 * time.Second // since a file's last change, for it to be taken at first sight
	markPrefix = "file"
	markBatch  = 1024
	filesOpen  = 1024             // files read and waiting to be stored
	filesDrain = 10 * time.Second // what they are given when the consumer stops
)

// folders reads log files: each once, in the order of the times in their names, whatever account and region they are of,
// as replay does. A file is taken when it has not changed between two looks, and once more when it changed later on.
// Which files are done is remembered when their records are stored: after a crash some are read again.
type folders struct {
	roots   []string
	objects *objectReader
	marks   Marks
	log     *zap.Logger
	known   map[mark]bool
	seen    map[string]file // by path, at the last look
	cost    time.Duration   // of listing the files, the last time
	trouble string          // what was logged last
}

// file is a file at one moment.
type file struct {
	path     string
	stamp    string // the time in its name
	size     int64
	modified time.Time
}

// finished is a file that was read and whose records are being stored.
type finished struct {
	unit *unit
	file file
}

// mark stands for a file at one moment among those that are done.
type mark [16]byte

func (f file) mark() mark {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%d", f.path, f.size, f.modified.UnixNano()))
	return mark(sum[:16])
}

func newFolders(roots []string, o *objectReader, marks Marks, log *zap.Logger) *folders {
	return &folders{roots: roots, objects: o, marks: marks, log: log, known: make(map[mark]bool), seen: make(map[string]file)}
}

// run reads and watches until ctx ends.
func (f *folders) run(ctx context.Context) error {
	err := f.marks.Range(ctx, markPrefix, func(e bus.Entry) error {
		for marks := e.Value; len(marks) >= len(mark{}); marks = marks[len(mark{}):] {
			f.known[mark(marks)] = true
		}
		return nil
	})
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return fmt.Errorf("load the files done: %w", err)
	}
	marking, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	done, ended := make(chan finished, filesOpen), make(chan struct{})
	go func() {
		defer close(ended)
		f.remember(marking, done)
	}()
	for pause := time.Duration(0); sleep(ctx, pause) == nil; {
		f.explain(f.look(ctx, done))
		pause = max(scanEvery, 20*f.cost)
	}
	defer time.AfterFunc(filesDrain, abandon).Stop()
	close(done)
	<-ended
	return nil
}

// look reads the files that are new and at rest.
func (f *folders) look(ctx context.Context, done chan<- finished) error {
	start := time.Now()
	found, err := f.scan()
	f.cost = time.Since(start)
	errs := []error{err}
	last := f.seen
	f.seen = make(map[string]file, len(found))
	for _, file := range found {
		if ctx.Err() != nil {
			return nil
		}
		f.seen[file.path] = file
		mark := file.mark()
		rest := last[file.path] == file || time.Since(file.modified) > settled
		if f.known[mark] || !rest {
			continue
		}
		u := f.objects.collector.begin(file.path, time.Now())
		u.filed = true
		err := f.objects.read(ctx, u, object{name: file.path, open: openFile(file.path)})
		f.objects.collector.end(u)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		f.known[mark] = true
		select {
		case done <- finished{u, file}:
		case <-ctx.Done():
		}
	}
	return errors.Join(errs...)
}

func openFile(path string) func(context.Context) (*s3log.Object, error) {
	return func(context.Context) (*s3log.Object, error) {
		opened, err := os.Open(path)
		return &s3log.Object{ReadCloser: opened}, err
	}
}

// scan lists the log files there are, oldest log first.
func (f *folders) scan() (found []file, err error) {
	var errs []error
	for _, root := range f.roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				errs = append(errs, err)
				return nil
			case path != root && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			case d.IsDir() || path != root && !isLogName(d.Name()):
				return nil
			}
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				found = append(found, file{path, Stamp(path), info.Size(), info.ModTime()})
			}
			return nil
		})
		errs = append(errs, err)
	}
	seen := make(map[string]bool, len(found))
	found = slices.DeleteFunc(found, func(f file) bool { // folders may lie in one another
		again := seen[f.path]
		seen[f.path] = true
		return again
	})
	slices.SortStableFunc(found, func(a, b file) int { return strings.Compare(a.stamp, b.stamp) })
	return found, errors.Join(errs...)
}

// Stamp finds the time in the name CloudTrail gives a log file, 20060102T1504Z between underscores, by which files of
// several accounts and regions are brought into order. It is empty for other names, so that such files keep their order.
func Stamp(path string) string {
	for part := range strings.SplitSeq(filepath.Base(path), "_") {
		if len(part) == 14 && part[8] == 'T' && part[13] == 'Z' && strings.Trim(part, "0123456789TZ") == "" {
			return part
		}
	}
	return ""
}

func isLogName(name string) bool {
	return slices.Contains([]string{".json", ".jsonl", ".ndjson", ".gz", ".zst", ".log"}, strings.ToLower(filepath.Ext(name)))
}

// remember marks files as done once their records are stored, many in one value.
func (f *folders) remember(ctx context.Context, done <-chan finished) {
	var marks []byte
	for d := range done {
		if d.unit.wait(ctx) != nil {
			continue // stopping: it is read again
		}
		m := d.file.mark()
		marks = append(marks, m[:]...)
		if len(done) > 0 && len(marks) < markBatch*len(m) {
			continue
		}
		key := bus.Key(markPrefix, hex.EncodeToString(marks[:len(m)]))
		if _, err := f.marks.PutAll(ctx, []bus.KVWrite{{Key: key, Value: marks, Expect: bus.AnyRevision}}); err != nil {
			f.log.Warn("files done not remembered; read again after a restart", zap.Int("files", len(marks)/len(m)), zap.Error(err))
		}
		marks = nil
	}
}

// explain logs what is wrong with the folders, when it is not what was wrong before.
func (f *folders) explain(err error) {
	text := fmt.Sprint(err)
	if err != nil && text != f.trouble {
		f.log.Warn("files not read; tried again", zap.Error(err))
	}
	f.trouble = text
}
