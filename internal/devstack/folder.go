package devstack

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// folder is where one Postgres keeps its files:
//
//	data/         the cluster
//	run/          its socket, unless the path is too long for one
//	password      of the owner, for connections over TCP
//	postgres.log  what the latest start and run said
type folder struct {
	path    string
	sockets string
	// lock is held while a throw-away folder is in use; nil for a kept one.
	lock *os.File
	// foreign is a socket folder outside path, to be removed, or "".
	foreign string
}

// openFolder opens or makes the folder at path, or a throw-away one if path
// is empty, so that the account can use it.
func openFolder(path string, as *account) (_ *folder, err error) {
	f := &folder{path: path}
	if path == "" {
		if f.path, f.lock, err = makeScratch(); err != nil {
			return nil, err
		}
	} else if f.path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	if err := os.MkdirAll(f.path, as.folderMode()); err != nil {
		return nil, err
	}
	if err := as.reaches(f.path); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chmod(f.path, 0o700), as.own(f.path)); err != nil { //nolint:gosec // a folder needs x
		return nil, err
	}
	if err := f.makeSockets(as); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *folder) data() string { return filepath.Join(f.path, "data") }

// madeBy returns the major version that made the data folder, 0 if there is none.
func (f *folder) madeBy() int {
	text, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if err != nil {
		return 0
	}
	return majorIn(string(text))
}

const (
	// longestSocket is how long the path of a Unix socket may be on every system.
	longestSocket = 100
	// foreignSockets begins the name of a socket folder outside the data's.
	foreignSockets = "/tmp/holdfast-socket-"
)

// plainPath matches paths that need no quoting in a list of socket folders.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

// makeSockets makes the private folder of the socket: beside the data, or in
// the folder for temporary files if that path does not do for a socket.
func (f *folder) makeSockets(as *account) error {
	f.sockets = filepath.Join(f.path, "run")
	socket := filepath.Join(f.sockets, ".s.PGSQL.65535.lock")
	if len(socket) > longestSocket || !plainPath.MatchString(socket) {
		dir, err := os.MkdirTemp(filepath.Split(foreignSockets))
		if err != nil {
			return err
		}
		f.sockets, f.foreign = dir, dir
	} else if err := os.MkdirAll(f.sockets, 0o700); err != nil {
		return err
	}
	return as.own(f.sockets)
}

// secret returns the cluster's password, made once and kept in its folder.
func (f *folder) secret(as *account) (string, error) {
	path := filepath.Join(f.path, "password")
	kept, err := os.ReadFile(path) //nolint:gosec // a file of our own folder
	if err == nil {
		return string(kept), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	password := rand.Text()
	if err := os.WriteFile(path, []byte(password), 0o600); err != nil {
		return "", err
	}
	return password, as.own(path)
}

// openLog opens the server's log, emptied.
func (f *folder) openLog() (*os.File, error) {
	return os.OpenFile(filepath.Join(f.path, "postgres.log"), os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
}

// logTail returns the last lines of the server's log, for error messages.
func (f *folder) logTail() string { return tail(filepath.Join(f.path, "postgres.log")) }

// stillInUse reports whether the latest start failed because processes of a
// killed server had not all ended yet.
func (f *folder) stillInUse() bool {
	return strings.Contains(f.logTail(), "is still in use")
}

// close removes what must not stay.
func (f *folder) close() error {
	var err error
	if f.foreign != "" {
		err = os.RemoveAll(f.foreign)
	}
	if f.lock != nil {
		err = errors.Join(err, os.RemoveAll(f.path), f.lock.Close())
		f.lock = nil
	}
	return err
}

// tail returns the last lines of a file, or why it cannot be read.
func tail(path string) string {
	const most = 12
	text, err := os.ReadFile(path) //nolint:gosec // a log of our own
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return ""
		}
		return fmt.Sprintf("(%v)", err)
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(lines) > most {
		lines = lines[len(lines)-most:]
	}
	return strings.Join(lines, "\n")
}
