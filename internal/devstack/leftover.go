package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// release makes the data folder free to start on. A server that is still
// there after its parent was killed gets the time to end.
//
// A lock file whose process is gone is left to Postgres, which uses it to make
// sure that no session of the dead server still writes. One whose process
// number belongs to something else by this time, as happens after a reboot or
// in containers, would keep Postgres from starting and is removed.
func (f *folder) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for {
		lock, err := f.readLock()
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		switch lock.holder(f.data()) {
		case holderGone:
			return f.removeForeignSockets(lock)
		case holderStranger:
			return errors.Join(f.removeForeignSockets(lock), f.removeLocks())
		case holderServer:
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return fmt.Errorf("another server (process %d) uses %s: stop it, or choose another folder (HOLDFAST_DATA_DIR)", lock.pid, f.data())
		}
	}
}

// postmasterLock is what postmaster.pid says about the server that wrote it.
type postmasterLock struct {
	pid     int
	sockets string
}

func (f *folder) lockFile() string { return filepath.Join(f.data(), "postmaster.pid") }

// readLock reads postmaster.pid: line 1 is the process, line 5 the folder of
// the socket. A server that was killed early has written fewer lines.
func (f *folder) readLock() (postmasterLock, error) {
	text, err := os.ReadFile(f.lockFile())
	if err != nil {
		return postmasterLock{}, err
	}
	lines := strings.Split(string(text), "\n")
	var lock postmasterLock
	lock.pid, _ = strconv.Atoi(strings.TrimSpace(lines[0])) // 0 is nobody's number
	if len(lines) > 4 {
		lock.sockets = filepath.Clean(strings.TrimSpace(lines[4]))
	}
	return lock, nil
}

// holder is who has the process number in a lock file.
type holder int

const (
	holderGone holder = iota
	holderStranger
	holderServer
)

// holder tells a server, which works in its data folder, from a stranger.
// Where the system does not say where a process works, any live process
// counts as a server.
func (l postmasterLock) holder(data string) holder {
	if l.pid <= 0 {
		return holderStranger
	}
	if err := syscall.Kill(l.pid, 0); errors.Is(err, syscall.ESRCH) {
		return holderGone
	}
	if _, err := os.Stat("/proc/self/cwd"); err != nil {
		return holderServer
	}
	works, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", l.pid))
	if err != nil {
		return holderStranger
	}
	if place, err := os.Stat(data); err == nil && os.SameFile(works, place) {
		return holderServer
	}
	return holderStranger
}

// removeForeignSockets removes the socket folder that a dead server had
// outside its own folder.
func (f *folder) removeForeignSockets(lock postmasterLock) error {
	if lock.sockets == f.sockets || !strings.HasPrefix(lock.sockets, foreignSockets) || filepath.Dir(lock.sockets) != filepath.Dir(foreignSockets) {
		return nil
	}
	return os.RemoveAll(lock.sockets)
}

func (f *folder) removeLocks() error {
	left, err := filepath.Glob(filepath.Join(f.sockets, ".s.PGSQL.*"))
	for _, path := range append(left, f.lockFile()) {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}
