package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// state is what an export must know to go on: it stands beside the file.
type state struct {
	Format    Format    `json:"format"`
	Selection selection `json:"selection"`
	// OpenEnd says that the selection ended where the log did, not where the
	// user said.
	OpenEnd bool `json:"openEnd"`
	// Reached is up to where the log has been exported.
	Reached eventstore.Position `json:"reached"`
	// Last is the last exported event, if there is one.
	Last   mark  `json:"last"`
	Events int64 `json:"events"`
	// Bytes is the length of the file up to there. What stands behind is cut off.
	Bytes int64 `json:"bytes"`
	// Forgotten is that of the options.
	Forgotten int `json:"forgotten,omitempty"`
	// Groups are what the format must know of what is written.
	Groups [][]byte `json:"groups,omitempty"`
}

// selection is an [eventstore.Selection] in a file.
type selection struct {
	After      eventstore.Position `json:"after"`
	UpTo       eventstore.Position `json:"upTo"`
	Streams    []string            `json:"streams,omitempty"`
	Categories []string            `json:"categories,omitempty"`
	Types      []string            `json:"types,omitempty"`
	Actors     []string            `json:"actors,omitempty"`
}

// readState returns the state in a file, or false if there is none.
func readState(name string) (state, bool, error) {
	text, err := os.ReadFile(name) //nolint:gosec // the user names the output
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, false, nil
	}
	if err != nil {
		return state{}, false, err
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return state{}, false, fmt.Errorf("%s does not say how far an export had come: %w", name, err)
	}
	return s, true, nil
}

// write puts the state into a file, whole or not at all.
func (s state) write(name string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	fresh := name + ".new"
	if err := writeDurably(fresh, append(text, '\n')); err != nil {
		return err
	}
	return os.Rename(fresh, name)
}

func writeDurably(name string, text []byte) (err error) {
	file, err := os.Create(name) //nolint:gosec // the user names the output
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// differs says in which ways the state belongs to another export than the one
// that is asked for. Where the log was open-ended, it may have grown.
func (s state) differs(opts FileOptions) error {
	var ways []string
	compare := func(name string, was, is any) {
		if before, after := fmt.Sprint(was), fmt.Sprint(is); before != after {
			ways = append(ways, fmt.Sprintf("%s was %s and is %s", name, before, after))
		}
	}
	asked := opts.Selection
	compare("format", s.Format, opts.Format)
	compare("first position", s.Selection.After+1, asked.After+1)
	switch {
	case s.OpenEnd != opts.OpenEnd:
		compare("end", describeEnd(s.OpenEnd, s.Selection.UpTo), describeEnd(opts.OpenEnd, asked.UpTo))
	case !s.OpenEnd:
		compare("last position", s.Selection.UpTo, asked.UpTo)
	}
	compare("streams", s.Selection.Streams, asked.Streams)
	compare("categories", s.Selection.Categories, asked.Categories)
	compare("types", s.Selection.Types, asked.Types)
	compare("number of forgotten users", s.Forgotten, opts.Forgotten)
	compare("actors", s.Selection.Actors, asked.Actors)
	if len(ways) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrOtherExport, strings.Join(ways, "; "))
}

func describeEnd(open bool, upTo eventstore.Position) string {
	if open {
		return "the head of the log"
	}
	return fmt.Sprintf("position %d", upTo)
}

// inLog requires that the last exported event stands in the log as it was
// exported.
func (s state) inLog(ctx context.Context, log Log) error {
	if s.Last.Position == 0 {
		return nil
	}
	e, found, err := eventstore.At(ctx, log, s.Last.Position)
	if err != nil {
		return err
	}
	if found && e.Stream == s.Last.Stream && e.Version == s.Last.Version && e.RecordedAt.Equal(s.Last.RecordedAt) {
		return nil
	}
	return fmt.Errorf("%w: it is of another log, for position %d there is another event", ErrOtherExport, s.Last.Position)
}
