package export

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renameNew renames a file in one step unless the other name is taken. It fails
// with [fs.ErrExist], and with [errors.ErrUnsupported] on file systems that
// cannot do it.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL):
		err = errors.ErrUnsupported
	}
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
}
