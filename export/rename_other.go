//go:build !linux

package export

import "errors"

// renameNew would rename a file in one step unless the other name is taken.
func renameNew(string, string) error { return errors.ErrUnsupported }
