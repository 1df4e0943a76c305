package sink

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// osDisk is the machine's file system.
type osDisk struct{}

const (
	folderMode = 0o755
	fileMode   = 0o644
)

// MakeFolder implements [disk].
func (osDisk) MakeFolder(path string) error {
	err := os.Mkdir(path, folderMode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// Create implements [disk].
func (osDisk) Create(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode) //nolint:gosec // analysts read it
}

// Rename implements [disk].
func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }

// SyncFolder implements [disk].
func (osDisk) SyncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // a folder of the dataset
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Read implements [disk].
func (osDisk) Read(path string) ([]byte, error) {
	return os.ReadFile(path) //nolint:gosec // a file of the dataset
}

// Exists implements [disk].
func (osDisk) Exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// List implements [disk].
func (osDisk) List(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}

// RemoveAll implements [disk].
func (osDisk) RemoveAll(path string) error { return os.RemoveAll(path) }

// TryLock implements [disk]. The kernel lets go of the lock when the process
// ends, however it ends.
func (osDisk) TryLock(path string) (io.Closer, error) {
	folder, err := os.Open(path) //nolint:gosec // a folder of the dataset
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), folder.Close())
	}
	return folder, nil
}
