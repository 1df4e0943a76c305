package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
)

// stagedFile is a file whose content is durable and that is not yet part of
// the dataset.
type stagedFile struct {
	// path is relative to the dataset's folder, as is folder, where it will be.
	path   string
	folder string
}

// write makes a batch part of the dataset. When it returns nil, all of it is
// durable; otherwise nothing is, or all of it will be found by the next
// writer: a batch is there or not, whatever happens. It fails with
// errOvertaken if the disk does not end where the batch begins.
//
//  1. The files are written and synced in a place of this writer's own.
//  2. Under the lock the state that names them replaces the one before. This
//     is the moment at which the batch is in the dataset.
//  3. The files get their names, and the state forgets that they were pending.
//
// Whoever holds the lock next does step 3 if it was not done.
func (f *folder) write(ctx context.Context, b batch) (files int, err error) {
	staged, err := f.stage(b)
	if err != nil {
		return 0, errors.Join(err, f.discard(staged))
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return 0, errors.Join(err, f.discard(staged))
	}
	defer unlock()
	s, err := f.current()
	if err == nil {
		err = s.advance(b)
	}
	if err != nil {
		return 0, errors.Join(err, f.discard(staged))
	}
	for _, file := range staged {
		name := fmt.Sprintf("events-%08d.%s", s.Flush, f.is.Format)
		s.Pending = append(s.Pending, placement{Staged: file.path, Name: path.Join(file.folder, name)})
	}
	// From here on the files stay even if something fails: the state may have
	// become durable all the same.
	f.unsettled = true
	if err := writeState(f.disk, f.own, s); err != nil {
		return 0, err
	}
	if _, err := f.settle(s); err != nil {
		return 0, err
	}
	f.unsettled = false
	return len(staged), nil
}

// advance moves the marks of a batch's partitions, which must be where the
// batch begins.
func (s *state) advance(b batch) error {
	if s.Partitions == nil {
		s.Partitions = make(map[Partition]Mark, len(b.marks))
	}
	for p, step := range b.marks {
		if mark, known := s.Partitions[p]; known && mark.Next != step.from {
			return fmt.Errorf("%s: the disk ends at offset %d, not at %d: %w", p, mark.Next, step.from, errOvertaken)
		}
	}
	for p, step := range b.marks {
		s.Partitions[p] = step.to
	}
	s.Flush++
	return nil
}

// stage writes a file for each hour of a batch.
func (f *folder) stage(b batch) ([]stagedFile, error) {
	var staged []stagedFile
	from := origin{source: f.is.Source, offsets: b.offsets()}
	for _, h := range b.hours() {
		f.staged++
		file := stagedFile{path: path.Join(f.staging, fmt.Sprintf("%d.tmp", f.staged)), folder: h.folder()}
		staged = append(staged, file)
		err := writeFile(f.disk, filepath.Join(f.root, file.path), func(out io.Writer) error {
			return f.is.Format.encode(out, h.rows, from)
		})
		if err != nil {
			return staged, fmt.Errorf("write %d events of %s: %w", len(h.rows), h.folder(), err)
		}
	}
	if len(staged) == 0 {
		return nil, nil
	}
	return staged, f.disk.SyncFolder(filepath.Join(f.root, f.staging))
}

func (f *folder) discard(staged []stagedFile) error {
	var faults []error
	for _, file := range staged {
		faults = append(faults, f.disk.RemoveAll(filepath.Join(f.root, file.path)))
	}
	return errors.Join(faults...)
}

// settle gives the pending files of a state their names, under the lock, and
// returns the state that has none.
func (f *folder) settle(s state) (state, error) {
	if len(s.Pending) == 0 {
		return s, nil
	}
	for _, file := range s.Pending {
		if err := f.place(file); err != nil {
			return s, err
		}
	}
	s.Pending = nil
	return s, writeState(f.disk, f.own, s)
}

// place gives one file its name, durably, unless it has it.
func (f *folder) place(file placement) error {
	staged, target := filepath.Join(f.root, file.Staged), filepath.Join(f.root, file.Name)
	there, err := f.disk.Exists(staged)
	switch {
	case err != nil:
	case there:
		err = f.rename(staged, target)
	default:
		err = f.mustHave(target, staged)
	}
	if err != nil {
		return err
	}
	// Also if it had its name: whoever gave it may have gone before that was
	// durable.
	return f.disk.SyncFolder(filepath.Dir(target))
}

func (f *folder) rename(staged, target string) error {
	if err := makeFolders(f.disk, f.root, filepath.Dir(target)); err != nil {
		return err
	}
	return f.disk.Rename(staged, target)
}

func (f *folder) mustHave(target, staged string) error {
	there, err := f.disk.Exists(target)
	if err == nil && !there {
		err = fmt.Errorf("%s belongs to the dataset and is neither there nor at %s: restore it", target, staged)
	}
	return err
}
