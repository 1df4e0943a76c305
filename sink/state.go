package sink

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Partition is a partition of a topic. As text it is "topic/3".
type Partition struct {
	Topic  string
	Number int32
}

// String returns the text of a partition.
func (p Partition) String() string { return p.Topic + "/" + strconv.FormatInt(int64(p.Number), 10) }

// MarshalText implements [encoding.TextMarshaler].
func (p Partition) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Partition) UnmarshalText(text []byte) error {
	topic, number, found := strings.Cut(string(text), "/")
	n, err := strconv.ParseInt(number, 10, 32)
	if !found || topic == "" || err != nil || n < 0 {
		return fmt.Errorf("partition %q is not TOPIC/NUMBER", text)
	}
	*p = Partition{Topic: topic, Number: int32(n)}
	return nil
}

// Mark is how far a partition is on disk.
type Mark struct {
	// Next is the offset of the first message that is not on disk.
	Next int64 `json:"next"`
	// Position is that of the last event that is: the high-water mark below
	// which everything is a repetition.
	Position int64 `json:"position"`
}

// identity is what a dataset is of. It never changes.
type identity struct {
	Source string `json:"source"`
	Group  string `json:"group"`
	Format Format `json:"format"`
}

// state is what the dataset's folder says of itself.
type state struct {
	identity

	// Version is that of this file's form.
	Version int `json:"version"`
	// Flush counts the flushes; files are named after theirs.
	Flush int64 `json:"flush"`
	// Partitions are where each partition goes on.
	Partitions map[Partition]Mark `json:"partitions"`
	// Pending are files that belong to the dataset and may not have their
	// names yet. It is only filled between the two steps of a commit.
	Pending []placement `json:"pending,omitempty"`
}

// placement is a file that gets its name, both relative to the dataset's folder.
type placement struct {
	Staged string `json:"staged"`
	Name   string `json:"name"`
}

const stateVersion = 1

// Names in a dataset's folder. Readers leave out what begins with "_".
const (
	ownFolder     = "_sink"
	stateFile     = "state.json"
	stagingPrefix = "staging-"
)

// readState returns the state of a dataset, or false if it has none.
func readState(d disk, own string) (state, bool, error) {
	path := filepath.Join(own, stateFile)
	text, err := d.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, false, nil
	}
	if err != nil {
		return state{}, false, err
	}
	var s state
	if err := json.Unmarshal(text, &s, json.RejectUnknownMembers(true)); err != nil {
		return state{}, false, fmt.Errorf("%s cannot be read, and says what the dataset holds: restore it, or write into an empty folder: %w", path, err)
	}
	if s.Version != stateVersion {
		return state{}, false, fmt.Errorf("%s has version %d, and this program knows %d", path, s.Version, stateVersion)
	}
	return s, true, nil
}

// writeState puts a state in the place of the one before, durably: after a
// loss of power there is one or the other.
func writeState(d disk, own string, s state) error {
	text, err := json.Marshal(s, jsontext.Multiline(true), json.Deterministic(true))
	if err != nil {
		return err
	}
	path := filepath.Join(own, stateFile)
	err = writeFile(d, path+".tmp", func(out io.Writer) error {
		_, err := out.Write(append(text, '\n'))
		return err
	})
	if err != nil {
		return err
	}
	if err := d.Rename(path+".tmp", path); err != nil {
		return err
	}
	return d.SyncFolder(own)
}
