package sink

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"syscall"
)

// FullDisk is the machine's file system with room for so many bytes of events.
// The state always fits, so that nothing but a batch can fail.
type FullDisk struct {
	osDisk

	Left atomic.Int64
}

// Create makes a file that fails when there is no more room.
func (d *FullDisk) Create(path string) (file, error) {
	f, err := d.osDisk.Create(path)
	if err != nil || filepath.Base(path) == stateFile+".tmp" {
		return f, err
	}
	return &fullFile{file: f, disk: d, path: path}, nil
}

type fullFile struct {
	file

	disk *FullDisk
	path string
}

// Write fails as the operating system would.
func (f *fullFile) Write(p []byte) (int, error) {
	if f.disk.Left.Add(-int64(len(p))) < 0 {
		return 0, fmt.Errorf("write %s: %w", f.path, syscall.ENOSPC)
	}
	return f.file.Write(p)
}

// Use makes a sink write to another disk.
func (s *Sink) Use(d *FullDisk) { s.disk = d }
