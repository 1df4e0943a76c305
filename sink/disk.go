package sink

import (
	"errors"
	"io"
	"path/filepath"
)

// disk is what a dataset needs of a file system: little enough to put one in
// its place that loses its power at any step. What it does is only durable
// once it is synced: a file's content by [file.Sync], a name by SyncFolder of
// the folder that it is in.
type disk interface {
	// MakeFolder makes a folder in one that is there. That it is there already
	// is no error.
	MakeFolder(path string) error
	// Create makes an empty file, in place of one that may be there.
	Create(path string) (file, error)
	// Rename gives a file another name, in place of one that may be there.
	Rename(from, to string) error
	SyncFolder(path string) error
	// Read returns a whole file, or [fs.ErrNotExist].
	Read(path string) ([]byte, error)
	Exists(path string) (bool, error)
	// List returns the names in a folder, in order.
	List(path string) ([]string, error)
	// RemoveAll removes a file or a folder with all there is in it.
	RemoveAll(path string) error
	// TryLock locks a folder until it is closed or the process has gone, or
	// returns errLocked.
	TryLock(path string) (io.Closer, error)
}

type file interface {
	io.Writer
	Sync() error
	Close() error
}

var errLocked = errors.New("it is locked by another process")

// makeFolders makes a folder below root with all between them, durably.
func makeFolders(d disk, root, folder string) error {
	if folder == root {
		return nil
	}
	parent := filepath.Dir(folder)
	if err := makeFolders(d, root, parent); err != nil {
		return err
	}
	if err := d.MakeFolder(folder); err != nil {
		return err
	}
	// Also if it was there: whoever made it may have gone before it was durable.
	return d.SyncFolder(parent)
}

// writeFile makes a file and returns when its content is durable. Its name is
// durable only when its folder is synced.
func writeFile(d disk, path string, content func(io.Writer) error) (err error) {
	f, err := d.Create(path)
	if err != nil {
		return err
	}
	err = content(f)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
