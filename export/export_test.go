package export

import (
	"io"
	"syscall"
)

// SmallGroups makes row groups of so many rows.
func SmallGroups(opts Options, rows int64) Options {
	opts.groupRows = rows
	return opts
}

// OnFullDisk lets so many bytes be written, and no more.
func OnFullDisk(opts FileOptions, room int) FileOptions {
	opts.through = func(w io.Writer) io.Writer { return &fullDisk{w, room} }
	return opts
}

type fullDisk struct {
	io.Writer

	room int
}

// Write writes what fits, as the operating system does.
func (d *fullDisk) Write(p []byte) (int, error) {
	n, err := d.Writer.Write(p[:min(len(p), d.room)])
	d.room -= n
	if err == nil && n < len(p) {
		err = syscall.ENOSPC
	}
	return n, err
}
