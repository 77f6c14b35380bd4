package bus

import (
	"sync/atomic"
	"syscall"
	"time"
)

const (
	lowDisk       = "the disk of data_dir is nearly full"
	reserveBytes  = 256 << 20
	shareMost     = 32 << 30
	diskLookEvery = int64(time.Second)
)

// disk watches the free space under the embedded store. New events are refused while a reserve is left, so that
// the stages behind can go on storing their state, finish what is waiting and so free space again. The zero
// value watches nothing.
type disk struct {
	dir     string
	reserve uint64       // bytes
	looked  atomic.Int64 // Unix nanoseconds
	isLow   atomic.Bool
}

// newDisk watches dir and keeps a reserve of 256 MiB, or a twentieth of a disk that is smaller than 5 GiB.
func newDisk(dir string) *disk {
	d := &disk{dir: dir, reserve: reserveBytes}
	if _, total, err := d.space(); err == nil {
		d.reserve = min(d.reserve, total/20)
	}
	return d
}

// space gives the bytes free to this process, and all bytes.
func (d *disk) space() (free, total uint64, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &fs); err != nil {
		return 0, 0, err
	}
	size := uint64(fs.Bsize)
	return fs.Bavail * size, fs.Blocks * size, nil
}

// share is the room stored events may take when the settings do not say.
func (d *disk) share() int64 {
	free, _, err := d.space()
	if err != nil {
		return minMaxBytes
	}
	return int64(max(minMaxBytes, min(free/4, shareMost)))
}

// low tells whether the reserve is reached; it looks at most once a second.
func (d *disk) low() bool {
	if d.dir == "" {
		return false
	}
	now, last := time.Now().UnixNano(), d.looked.Load()
	if now-last >= diskLookEvery && d.looked.CompareAndSwap(last, now) {
		free, _, err := d.space()
		d.isLow.Store(err == nil && free < d.reserve)
	}
	return d.isLow.Load()
}
