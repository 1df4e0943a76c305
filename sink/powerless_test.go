package sink

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
)

// powerless is a disk in memory that loses its power after a number of steps.
// What was not synced by then is there afterwards or not, by the toss of a
// coin: the content of each file, and each change of a name. A change of a
// name happens whole or not at all, as journalling file systems have it.
type powerless struct {
	left    int // steps until the power goes, below 0 for never
	steps   int
	changes []*change
	locked  map[string]bool
	// lie leaves out a step that it returns true for: a planted bug.
	lie func(step, path string) bool
}

type change struct {
	kind     string // "folder", "create", "rename" or "remove"
	from, to string
	file     *memoryFile
	durable  bool
}

type memoryFile struct {
	disk    *powerless
	path    string
	content []byte
	synced  []byte
}

var errPower = errors.New("the power is gone")

func newPowerless() *powerless {
	return &powerless{left: -1, locked: make(map[string]bool), lie: func(string, string) bool { return false }}
}

func (d *powerless) step() error {
	if d.left == 0 {
		return errPower
	}
	d.left--
	d.steps++
	return nil
}

// restart returns the disk as it is found when the power is back.
func (d *powerless) restart(coin *rand.Rand) *powerless {
	after := newPowerless()
	after.lie = d.lie
	moved := make(map[*memoryFile]*memoryFile)
	for _, c := range d.changes {
		if !c.durable && coin.IntN(2) == 0 {
			continue
		}
		kept := *c
		kept.durable = true
		if c.file != nil {
			if moved[c.file] == nil {
				content := c.file.synced
				if coin.IntN(2) == 0 {
					content = c.file.content
				}
				moved[c.file] = &memoryFile{disk: after, content: slices.Clone(content), synced: slices.Clone(content)}
			}
			kept.file = moved[c.file]
		}
		after.changes = append(after.changes, &kept)
	}
	return after
}

// names replays the changes: what is there by its path, nil for a folder.
// What goes into a folder that is not there is lost.
func (d *powerless) names() map[string]*memoryFile {
	names := map[string]*memoryFile{"/": nil}
	put := func(path string, file *memoryFile) {
		if _, there := names[filepath.Dir(path)]; there {
			names[path] = file
		}
	}
	for _, c := range d.changes {
		switch c.kind {
		case "folder", "create":
			put(c.to, c.file)
		case "rename":
			if file, there := names[c.from]; there {
				delete(names, c.from)
				put(c.to, file)
			}
		case "remove":
			for name := range names {
				if name == c.from || strings.HasPrefix(name, c.from+"/") {
					delete(names, name)
				}
			}
		}
	}
	return names
}

func (d *powerless) change(c *change) error {
	if err := d.step(); err != nil {
		return err
	}
	if !d.lie(c.kind, c.from+c.to) {
		d.changes = append(d.changes, c)
	}
	return nil
}

func (d *powerless) MakeFolder(path string) error {
	if _, there := d.names()[path]; there {
		return d.step()
	}
	return d.change(&change{kind: "folder", to: path})
}

func (d *powerless) Create(path string) (file, error) {
	if _, there := d.names()[filepath.Dir(path)]; !there {
		return nil, fs.ErrNotExist
	}
	f := &memoryFile{disk: d, path: path}
	return f, d.change(&change{kind: "create", to: path, file: f})
}

func (f *memoryFile) Write(p []byte) (int, error) {
	if err := f.disk.step(); err != nil {
		return 0, err
	}
	f.content = append(f.content, p...)
	return len(p), nil
}

func (f *memoryFile) Sync() error {
	if err := f.disk.step(); err != nil {
		return err
	}
	if !f.disk.lie("sync", f.path) {
		f.synced = slices.Clone(f.content)
	}
	return nil
}

func (f *memoryFile) Close() error { return nil }

func (d *powerless) Rename(from, to string) error {
	if _, there := d.names()[from]; !there {
		return fs.ErrNotExist
	}
	return d.change(&change{kind: "rename", from: from, to: to})
}

func (d *powerless) SyncFolder(path string) error {
	if err := d.step(); err != nil || d.lie("sync folder", path) {
		return err
	}
	for _, c := range d.changes {
		if filepath.Dir(c.from) == path || filepath.Dir(c.to) == path {
			c.durable = true
		}
	}
	return nil
}

func (d *powerless) Read(path string) ([]byte, error) {
	if err := d.step(); err != nil {
		return nil, err
	}
	f := d.names()[path]
	if f == nil {
		return nil, fs.ErrNotExist
	}
	return slices.Clone(f.content), nil
}

func (d *powerless) Exists(path string) (bool, error) {
	_, there := d.names()[path]
	return there, d.step()
}

func (d *powerless) List(path string) ([]string, error) {
	var names []string
	for name := range d.names() {
		if name != path && filepath.Dir(name) == path {
			names = append(names, filepath.Base(name))
		}
	}
	slices.Sort(names)
	return names, d.step()
}

func (d *powerless) RemoveAll(path string) error {
	return d.change(&change{kind: "remove", from: path})
}

func (d *powerless) TryLock(path string) (io.Closer, error) {
	if d.locked[path] {
		return nil, errLocked
	}
	if _, there := d.names()[path]; !there {
		return nil, fs.ErrNotExist
	}
	d.locked[path] = true
	return unlocker(func() { delete(d.locked, path) }), d.step()
}

type unlocker func()

func (u unlocker) Close() error {
	u()
	return nil
}
