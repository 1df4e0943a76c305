package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/holdfast-dev/holdfast/eventstore"
)

var (
	// ErrExists means that there is a file of the name already.
	ErrExists = errors.New("file exists")
	// ErrOtherExport means that an unfinished file belongs to another export.
	ErrOtherExport = errors.New("the unfinished export is another one")
	// ErrBusy means that another process writes the file.
	ErrBusy = errors.New("another process writes it")
)

// FileOptions say what is exported, and how a file is dealt with.
type FileOptions struct {
	Options

	// OpenEnd says that the selection ends where the log ends at the moment. An
	// export that is continued keeps the end that it began with.
	OpenEnd bool
	// Overwrite replaces a file that is there, once the export is whole.
	Overwrite bool
	// Restart forgets an unfinished export.
	Restart bool
	// Every is the least pause between checkpoints. Default 100 ms, so that
	// little is left to bring to the disk at the end.
	Every time.Duration

	// through, if there is one, is what is written through, for tests.
	through func(io.Writer) io.Writer
}

// permissions are those of any file that the user makes, less the umask.
const permissions = 0o666

// ToFile writes the events of a selection to a file, and goes on with an
// export that was interrupted. It returns when the file is whole and on disk.
// If it fails, or ctx ends, what is written so far stays for the next time.
//
// It fails with [ErrExists], [ErrOtherExport] and [ErrBusy].
func ToFile(ctx context.Context, log Log, name string, opts FileOptions) (result Result, err error) {
	f := file{name: name, part: name + ".part", note: name + ".part.json", opts: opts, saving: make(chan error, 1)}
	f.saving <- nil
	if f.opts.Every <= 0 {
		f.opts.Every = 100 * time.Millisecond
	}
	if f.opts.through == nil {
		f.opts.through = func(w io.Writer) io.Writer { return w }
	}
	if err := f.checkName(); err != nil {
		return Result{}, err
	}
	encoder, err := newEncoder(opts.Options)
	if err != nil {
		return Result{}, err
	}
	lock := flock.New(f.part, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(permissions))
	locked, err := lock.TryLock()
	if err != nil {
		return Result{}, err
	}
	if !locked {
		return Result{}, fmt.Errorf("%s: %w", f.part, ErrBusy)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := f.open(ctx, log, encoder); err != nil {
		return Result{}, err
	}
	e := export{log: log, opts: f.opts.Options, encoder: encoder, out: &f.out, checkpoint: f.written}
	e.progress = Progress{Position: f.state.Reached, Events: f.state.Events, Bytes: f.state.Bytes}
	result.ResumedAfter = f.resumed
	err = e.run(ctx)
	result.Progress = e.progress
	if err != nil {
		return result, errors.Join(err, f.save(), f.blocks.file.Close())
	}
	return result, f.finish()
}

// file is an output that can be continued.
type file struct {
	name, part, note string
	opts             FileOptions

	blocks  *blocks
	out     output
	encoder encoder
	state   state
	// resumed is the position behind which an earlier run is continued.
	resumed eventstore.Position
	// saved is when the latest checkpoint was begun, and saving gets its outcome.
	saved  time.Time
	saving chan error
	// broken says that a checkpoint has failed, and why was told. The one before
	// it is the last: a sync after one that has failed may succeed although what
	// the first was about is lost.
	broken bool
}

// checkName refuses to replace a file, or what is none.
func (f *file) checkName() error {
	info, err := os.Stat(f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", f.name)
	case !f.opts.Overwrite:
		return fmt.Errorf("%s: %w", f.name, ErrExists)
	}
	return nil
}

// open opens the unfinished file and goes to where it can be continued.
func (f *file) open(ctx context.Context, log Log, encoder encoder) (err error) {
	f.encoder = encoder
	if f.blocks, err = openBlocks(f.part); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.blocks.file.Close())
		}
	}()
	begun, err := f.recall(ctx, log)
	if err != nil {
		return err
	}
	if !begun {
		return f.begin()
	}
	f.resumed = f.state.Reached
	f.opts.Selection.UpTo = f.state.Selection.UpTo
	f.opts.Selection.After = max(f.state.Reached, f.opts.Selection.After)
	if err := f.encoder.restore(f.state.Groups); err != nil {
		return fmt.Errorf("%s: %w", f.note, err)
	}
	f.out = output{Writer: f.opts.through(f.blocks), size: f.state.Bytes}
	return f.blocks.truncate(f.state.Bytes)
}

// recall reads how far an earlier run had come, and reports false if there was
// none that can be continued.
func (f *file) recall(ctx context.Context, log Log) (bool, error) {
	if f.opts.Restart {
		return false, nil
	}
	earlier, found, err := readState(f.note)
	if err != nil || !found {
		return false, err
	}
	info, err := f.blocks.file.Stat()
	if err != nil || info.Size() < earlier.Bytes {
		// The file was finished, or removed, before its note was.
		return false, err
	}
	if err := errors.Join(earlier.differs(f.opts), earlier.inLog(ctx, log)); err != nil {
		return false, fmt.Errorf("%s: %w", f.part, err)
	}
	f.state = earlier
	return true, nil
}

// begin begins the file anew.
func (f *file) begin() error {
	s := f.opts.Selection
	f.state = state{Format: f.opts.Format, OpenEnd: f.opts.OpenEnd, Forgotten: f.opts.Forgotten, Selection: selection{
		After: s.After, UpTo: s.UpTo, Streams: s.Streams, Categories: s.Categories, Types: s.Types, Actors: s.Actors,
	}}
	if err := removeIfThere(f.note); err != nil {
		return err
	}
	if err := f.blocks.truncate(0); err != nil {
		return err
	}
	f.out = output{Writer: f.opts.through(f.blocks)}
	if _, err := f.out.Write(f.encoder.opening()); err != nil {
		return err
	}
	f.state.Reached, f.state.Bytes = s.After, f.out.size
	return f.save()
}

// written notes what has been written, and makes it durable now and then, while
// writing goes on.
func (f *file) written(w written) error {
	if w.reached == 0 {
		return nil
	}
	f.state.Reached = w.reached
	f.state.Events += w.events
	f.state.Bytes = f.out.size
	if w.last.Position > 0 {
		f.state.Last = w.last
	}
	if time.Since(f.saved) < f.opts.Every {
		return nil
	}
	select {
	case err := <-f.saving:
		if err == nil {
			err = f.blocks.flush()
		}
		if err != nil {
			f.broken = true
			f.saving <- nil // for save, which waits for what is under way
			return err
		}
	default:
		return nil
	}
	f.saved = time.Now()
	f.state.Groups = f.encoder.save()
	go func(s state) { f.saving <- f.secure(s) }(f.state)
	return nil
}

// save makes durable what has been written, unless a checkpoint has failed, and
// returns when it is.
func (f *file) save() error {
	err := <-f.saving
	if err == nil && !f.broken {
		f.state.Groups = f.encoder.save()
		if err = f.blocks.flush(); err == nil {
			err = f.secure(f.state)
		}
	}
	f.saving <- nil
	return err
}

// secure makes the file durable as far as a state says, and then the state.
func (f *file) secure(s state) error {
	if err := f.blocks.file.Sync(); err != nil {
		return err
	}
	return s.write(f.note)
}

// finish gives the whole file its name.
func (f *file) finish() error {
	err := errors.Join(<-f.saving, f.blocks.finish(), f.blocks.file.Close())
	if err != nil {
		return err
	}
	if err := f.rename(); err != nil {
		return err
	}
	if err := removeIfThere(f.note); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(f.name))
}

// rename gives the file its name, which another may have got meanwhile.
func (f *file) rename() error {
	if f.opts.Overwrite {
		return os.Rename(f.part, f.name)
	}
	err := renameNew(f.part, f.name)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: %w", f.name, ErrExists)
	case !errors.Is(err, errors.ErrUnsupported):
		return err
	}
	// The next best: to look, and to rename.
	if err := f.checkName(); err != nil {
		return err
	}
	return os.Rename(f.part, f.name)
}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(name string) error {
	folder, err := os.Open(name) //nolint:gosec // the user names the output
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
