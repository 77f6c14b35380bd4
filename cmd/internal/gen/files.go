package gen

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
)

// WriteDir writes the configured number of records as files below dir, in the layout of a trail's bucket:
// AWSLogs/account/CloudTrail/region/year/month/day/.
func WriteDir(dir string, cfg Config) (Summary, error) {
	if err := cfg.Validate(); err != nil {
		return Summary{}, err
	}
	g := New(cfg)
	for g.made.Records < cfg.Records {
		if err := g.writeFile(dir, min(cfg.PerFile, cfg.Records-g.made.Records)); err != nil {
			return g.made, err
		}
		g.made.Files++
	}
	return g.made, nil
}

// key is the key of the next file in the trail's bucket.
func (g *Generator) key() string {
	at := g.now()
	name := fmt.Sprintf("%s_CloudTrail_%s_%s_%s.json", g.cfg.Account, g.cfg.Region, at.Truncate(5*time.Minute).Format("20060102T1504Z"), g.hex(8))
	if g.cfg.Compress {
		name += ".gz"
	}
	return filepath.Join("AWSLogs", g.cfg.Account, "CloudTrail", g.cfg.Region, at.Format("2006"), at.Format("01"), at.Format("02"), name)
}

func (g *Generator) writeFile(dir string, records int) (err error) {
	path := filepath.Join(dir, g.key())
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("make the folder of a log file: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create a log file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if !g.cfg.Compress {
		return g.Write(f, records)
	}
	z := gzip.NewWriter(f)
	if err := g.Write(z, records); err != nil {
		return err
	}
	return z.Close()
}

// Write writes the next records as one log file, {"Records":[…]}, unpacked.
func (g *Generator) Write(w io.Writer, records int) error {
	out := bufio.NewWriterSize(w, 64<<10)
	_, _ = out.WriteString(`{"Records":[`) // out keeps its first error for Flush
	var buf []byte
	for i := range records {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		buf = g.Append(buf[:0])
		_, _ = out.Write(buf)
	}
	_, _ = out.WriteString(`]}`)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write a log file: %w", err)
	}
	return nil
}
