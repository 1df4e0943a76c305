package devstack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// scratchPrefix begins the name of every throw-away folder.
const scratchPrefix = "holdfast-server-"

// scratchBase returns the folder for throw-away folders: in memory where
// there is room, else the folder for temporary files.
func scratchBase() string {
	if memory := memoryFolder(); memory != "" {
		return memory
	}
	return os.TempDir()
}

// makeScratch makes a throw-away folder and locks it. The lock ends with this
// process, whatever ends it: [sweepScratch] of a later one then removes the
// folder.
func makeScratch() (path string, lock *os.File, err error) {
	base := scratchBase()
	sweepScratch(base)
	const attempts = 10 // a sweep may come between the folder and its lock
	for range attempts {
		path, err = os.MkdirTemp(base, scratchPrefix)
		if err != nil {
			return "", nil, fmt.Errorf("throw-away folder: %w", err)
		}
		if lock, err = lockFolder(path); err == nil {
			return path, lock, nil
		}
	}
	return "", nil, fmt.Errorf("throw-away folder: %w", err)
}

// sweepScratch removes throw-away folders whose process is gone. What it may
// not remove it leaves.
func sweepScratch(base string) {
	left, _ := filepath.Glob(filepath.Join(base, scratchPrefix+"*")) // the only error is a malformed pattern
	for _, path := range left {
		if lock, err := lockFolder(path); err == nil {
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
}

// errLocked means that a live process holds the lock of a folder.
var errLocked = errors.New("in use by another process")

// lockFolder takes the lock of a folder, which is held until the file that is
// returned is closed or this process ends.
func lockFolder(path string) (*os.File, error) {
	dir, err := os.Open(path) //nolint:gosec // a folder of our own
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = dir.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return dir, nil
}
