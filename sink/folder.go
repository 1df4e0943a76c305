package sink

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// folder is a dataset on disk, as one writer sees it. Any number of writers of
// one group share a dataset; each is for one goroutine.
type folder struct {
	disk disk
	root string
	is   identity

	// own is the folder of what is not data, staging the part of it that is
	// only this writer's, relative to root, and lease the lock on that.
	own     string
	staging string
	lease   io.Closer
	// staged counts the files that were staged, for their names.
	staged int
	// unsettled is true while the state may name files that are in staging.
	unsettled bool
}

// errOvertaken says that another writer has gone on where this one stands: the
// partitions have moved while this one was not looking.
var errOvertaken = errors.New("another sink of the group has written these offsets")

// lockPatience bounds the wait for another writer's commit, which takes
// milliseconds.
const lockPatience = 30 * time.Second

// openFolder opens or makes a dataset. What an earlier writer has committed
// but not put into place is put there, and what it has not committed goes.
func openFolder(ctx context.Context, d disk, root string, is identity) (*folder, error) {
	f := &folder{
		disk: d, root: root, is: is,
		own: filepath.Join(root, ownFolder), staging: path.Join(ownFolder, stagingPrefix+rand.Text()),
	}
	err := d.MakeFolder(root)
	if err == nil {
		err = makeFolders(d, root, f.own)
	}
	if err != nil {
		return nil, fmt.Errorf("the dataset's folder cannot be written: %w", err)
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := f.begin(); err != nil {
		return nil, err
	}
	return f, nil
}

// begin makes this writer's part of a dataset, under the lock.
func (f *folder) begin() error {
	s, err := f.current()
	if err != nil {
		return err
	}
	if s.Version == 0 {
		if err := f.refuseForeign(); err != nil {
			return err
		}
		if err := writeState(f.disk, f.own, state{identity: f.is, Version: stateVersion}); err != nil {
			return fmt.Errorf("the dataset's folder cannot be written: %w", err)
		}
	}
	if err := f.sweep(); err != nil {
		return err
	}
	staging := filepath.Join(f.root, f.staging)
	if err := makeFolders(f.disk, f.root, staging); err != nil {
		return err
	}
	f.lease, err = f.disk.TryLock(staging)
	return err
}

// refuseForeign fails if there are data whose state is missing: they would be
// written a second time.
func (f *folder) refuseForeign() error {
	names, err := f.disk.List(f.root)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "date=") {
			return fmt.Errorf("%s holds data but no %s/%s, which says what they are: restore it, or write into an empty folder", f.root, ownFolder, stateFile)
		}
	}
	return nil
}

// sweep removes what writers have left that are gone.
func (f *folder) sweep() error {
	names, err := f.disk.List(f.own)
	if err != nil {
		return err
	}
	for _, name := range names {
		left := filepath.Join(f.own, name)
		if !strings.HasPrefix(name, stagingPrefix) {
			continue
		}
		lease, err := f.disk.TryLock(left)
		if errors.Is(err, errLocked) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(f.disk.RemoveAll(left), lease.Close()); err != nil {
			return err
		}
	}
	return nil
}

// lock waits until no other writer is in the middle of a commit.
func (f *folder) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	for {
		lock, err := f.disk.TryLock(f.own)
		if err == nil {
			return func() { _ = lock.Close() }, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("%s stays locked: is another sink stopped in the middle of a commit? %w", f.own, ctx.Err())
		}
	}
}

// current returns the state, under the lock, after finishing what it has
// pending. Its version is 0 if there is none.
func (f *folder) current() (state, error) {
	s, there, err := readState(f.disk, f.own)
	if err != nil || !there {
		return state{}, err
	}
	if s.identity != f.is {
		return state{}, fmt.Errorf("%s is of source %s, group %s, format %s, not of source %s, group %s, format %s: use another folder",
			f.root, s.Source, s.Group, s.Format, f.is.Source, f.is.Group, f.is.Format)
	}
	return f.settle(s)
}

// marks returns how far the partitions are on disk.
func (f *folder) marks(ctx context.Context) (map[Partition]Mark, error) {
	unlock, err := f.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, err := f.current()
	return maps.Clone(s.Partitions), err
}

// close removes what only this writer needed. A dataset stays as it is.
func (f *folder) close() error {
	if f.unsettled {
		return f.lease.Close() // the next writer settles it
	}
	return errors.Join(f.disk.RemoveAll(filepath.Join(f.root, f.staging)), f.lease.Close())
}
