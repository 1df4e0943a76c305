package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export"
)

func validText(text string) bool { return utf8.ValidString(text) }

func quote(t testing.TB, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	require.NoError(t, err)
	return string(quoted)
}

// whole exports to a file and returns its bytes. Nothing else may be left.
func whole(t testing.TB, log memory, opts export.FileOptions) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "events")
	_, err := export.ToFile(t.Context(), log, name, opts)
	require.NoError(t, err)
	return onlyFile(t, name)
}

func onlyFile(t testing.TB, name string) []byte {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	require.Len(t, entries, 1, "%v", entries)
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return content
}

func file(m memory, format export.Format) export.FileOptions {
	return export.FileOptions{Options: all(m, format), Every: time.Nanosecond}
}

func TestAFileIsWhatAStreamIs(t *testing.T) {
	t.Parallel()
	log := sale(t, 2_000)
	for _, format := range allFormats {
		require.Equal(t, text(t, log, all(log, format)), whole(t, log, file(log, format)), format)
	}
}

// However often and wherever an export is interrupted, whatever has been
// written behind its last checkpoint, and however the log grows meanwhile, it
// ends in the same bytes.
func TestInterruptedExportsGoOn(t *testing.T) {
	t.Parallel()
	log := sale(t, 5_000)
	for _, format := range allFormats {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			opts := file(log, format)
			opts.OpenEnd = true
			want := whole(t, log, opts)
			for trial := range uint64(6) {
				random := rand.New(rand.NewPCG(trial, 1))
				name := filepath.Join(t.TempDir(), "events")
				stops := []int{1 + random.IntN(len(log.events)), 1 + random.IntN(len(log.events))}
				resumed := eventstore.Position(0)
				for i, stop := range stops {
					broken := log
					broken.failAt = eventstore.Position(stop)
					result, err := export.ToFile(t.Context(), broken, name, opts)
					if err == nil {
						break // it had come further already
					}
					require.ErrorIs(t, err, errLost)
					require.GreaterOrEqual(t, result.ResumedAfter, resumed)
					resumed = result.ResumedAfter
					tear(t, name+".part", i)
				}
				if _, err := os.Stat(name); err != nil {
					grown := log
					grown.events = append(slices.Clip(grown.events), grown.events[0])
					later := file(grown, format)
					later.OpenEnd = true
					result, err := export.ToFile(t.Context(), grown, name, later)
					require.NoError(t, err)
					require.EqualValues(t, len(log.events), result.Events, "those of earlier runs count")
				}
				require.True(t, bytes.Equal(want, onlyFile(t, name)), "trial %d, stops %v", trial, stops)
			}
		})
	}
}

// reachedIn is how far an export had come by its note.
func reachedIn(t testing.TB, note string) eventstore.Position {
	t.Helper()
	content, err := os.ReadFile(note)
	require.NoError(t, err)
	var state struct{ Reached eventstore.Position }
	require.NoError(t, json.Unmarshal(content, &state))
	return state.Reached
}

// A process that is killed leaves a checkpoint, and behind that whatever the
// system has written.
func TestAKilledExportGoesOnFromItsCheckpoint(t *testing.T) {
	t.Parallel()
	log := sale(t, 6_000)
	for _, format := range allFormats {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			name, left := filepath.Join(t.TempDir(), "events"), filepath.Join(t.TempDir(), "left")
			var killed []string
			opts := file(log, format)
			begun := false
			opts.Progress = func(p export.Progress) {
				if len(killed) == 5 {
					return
				}
				if begun {
					require.Eventually(t, func() bool { return reachedIn(t, name+".part.json") > 0 }, time.Minute, time.Millisecond)
				}
				begun = p.Events > 0 // the first checkpoint comes next
				folder := filepath.Join(left, strconv.Itoa(len(killed)))
				require.NoError(t, os.MkdirAll(folder, 0o755))
				killed = append(killed, filepath.Join(folder, "events"))
				for _, ending := range []string{".part.json", ".part"} { // the note first, which never says too much
					content, err := os.ReadFile(name + ending)
					require.NoError(t, err)
					require.NoError(t, os.WriteFile(filepath.Join(folder, "events"+ending), content, 0o600))
				}
			}
			_, err := export.ToFile(t.Context(), log, name, opts)
			require.NoError(t, err)
			want := onlyFile(t, name)
			require.NotEmpty(t, killed)
			opts.Progress, opts.Every = nil, 0
			goneOn := 0
			for _, name := range killed {
				result, err := export.ToFile(t.Context(), log, name, opts)
				require.NoError(t, err)
				if result.ResumedAfter > 0 {
					goneOn++
				}
				require.EqualValues(t, len(log.events), result.Events)
				require.True(t, bytes.Equal(want, onlyFile(t, name)), name)
			}
			require.Positive(t, goneOn)
		})
	}
}

// Checkpoints are written meanwhile. One that fails ends the export, which goes
// on later from the one before.
func TestACheckpointThatFailsEndsTheExport(t *testing.T) {
	t.Parallel()
	log := sale(t, 5_000)
	for _, format := range allFormats {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			want := whole(t, log, file(log, format))
			name := filepath.Join(t.TempDir(), "events")
			opts := file(log, format)
			inTheWay := name + ".part.json.new"
			opts.Progress = func(export.Progress) {
				// From now on no note can be written. One may be under way.
				if err := os.Mkdir(inTheWay, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
					t.Error(err)
				}
			}
			ended := make(chan error, 1)
			go func() {
				_, err := export.ToFile(t.Context(), log, name, opts)
				ended <- err
			}()
			select {
			case err := <-ended:
				require.ErrorContains(t, err, inTheWay)
			case <-time.After(time.Minute):
				require.FailNow(t, "the export hangs")
			}

			require.NoError(t, os.Remove(inTheWay))
			_, err := export.ToFile(t.Context(), log, name, file(log, format))
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, onlyFile(t, name)))
		})
	}
}

// Wherever the disk is full, also in the middle of what a file ends with, an
// export goes on when there is room.
func TestAnExportThatFillsTheDiskGoesOn(t *testing.T) {
	t.Parallel()
	log := sale(t, 5_000)
	for _, format := range allFormats {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			opts := file(log, format)
			want := whole(t, log, opts)
			rooms := []int{0, 1, len(want) / 2, len(want) - 1_000, len(want) - 8, len(want) - 4, len(want) - 1}
			for _, room := range rooms {
				name := filepath.Join(t.TempDir(), "events")
				_, err := export.ToFile(t.Context(), log, name, export.OnFullDisk(opts, room))
				require.ErrorIs(t, err, syscall.ENOSPC, "room for %d bytes", room)
				result, err := export.ToFile(t.Context(), log, name, opts)
				require.NoError(t, err)
				require.EqualValues(t, len(log.events), result.Events)
				require.True(t, bytes.Equal(want, onlyFile(t, name)), "room for %d bytes", room)
			}
		})
	}
}

// tear leaves at the end of a file what a killed process may have written.
func tear(t testing.TB, name string, n int) {
	t.Helper()
	part, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = part.WriteString("torn line"[:n%9])
	require.NoError(t, err)
	require.NoError(t, part.Close())
}

func TestAnotherExportIsRefused(t *testing.T) {
	t.Parallel()
	log := sale(t, 5_000)
	name := filepath.Join(t.TempDir(), "events.csv")
	begun := file(log, export.CSV)
	begun.Selection.Types = []string{"seat.*", "wallet.*"}
	broken := log
	broken.failAt = 3_000
	_, err := export.ToFile(t.Context(), broken, name, begun)
	require.ErrorIs(t, err, errLost)

	head := fmt.Sprint(log.head())
	for want, change := range map[string]func(*export.FileOptions){
		"format was csv and is ndjson":                             func(o *export.FileOptions) { o.Format = export.NDJSON },
		"first position was 1 and is 6":                            func(o *export.FileOptions) { o.Selection.After = 5 },
		"last position was " + head + " and is 9":                  func(o *export.FileOptions) { o.Selection.UpTo = 9 },
		"end was position " + head + " and is the head of the log": func(o *export.FileOptions) { o.OpenEnd = true },
		"types was [seat.* wallet.*] and is [seat.*]":              func(o *export.FileOptions) { o.Selection.Types = []string{"seat.*"} },
		"number of forgotten users was 0 and is 1":                 func(o *export.FileOptions) { o.Forgotten = 1 },
		"streams was [] and is [a b]":                              func(o *export.FileOptions) { o.Selection.Streams = []string{"a", "b"} },
		"categories was [] and is [seat]; actors was [] and is [x]": func(o *export.FileOptions) {
			o.Selection.Categories, o.Selection.Actors = []string{"seat"}, []string{"x"}
		},
	} {
		other := begun
		change(&other)
		_, err := export.ToFile(t.Context(), log, name, other)
		require.ErrorIs(t, err, export.ErrOtherExport)
		require.ErrorContains(t, err, want)
	}

	elsewhere := log
	elsewhere.events = append([]eventstore.Event(nil), log.events...)
	for i := range elsewhere.events {
		elsewhere.events[i].RecordedAt = elsewhere.events[i].RecordedAt.Add(time.Microsecond)
	}
	_, err = export.ToFile(t.Context(), elsewhere, name, begun)
	require.ErrorIs(t, err, export.ErrOtherExport)
	require.ErrorContains(t, err, "another log")

	begun.Restart = true
	result, err := export.ToFile(t.Context(), elsewhere, name, begun)
	require.NoError(t, err)
	require.Zero(t, result.ResumedAfter)
}

func TestFilesAreNotReplacedUnasked(t *testing.T) {
	t.Parallel()
	log := sale(t, 100)
	name := filepath.Join(t.TempDir(), "events")
	require.NoError(t, os.WriteFile(name, []byte("precious"), 0o600))
	opts := file(log, export.NDJSON)
	_, err := export.ToFile(t.Context(), log, name, opts)
	require.ErrorIs(t, err, export.ErrExists)
	require.Equal(t, "precious", string(onlyFile(t, name)))

	opts.Overwrite = true
	broken := log
	broken.failAt = 10
	_, err = export.ToFile(t.Context(), broken, name, opts)
	require.ErrorIs(t, err, errLost)
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "precious", string(content), "until the export is whole")

	_, err = export.ToFile(t.Context(), log, name, opts)
	require.NoError(t, err)
	require.Equal(t, text(t, log, all(log, export.NDJSON)), onlyFile(t, name))

	_, err = export.ToFile(t.Context(), log, t.TempDir(), opts)
	require.ErrorContains(t, err, "is not a regular file")
	_, err = export.ToFile(t.Context(), log, filepath.Join(t.TempDir(), "none", "events"), opts)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NotErrorIs(t, err, export.ErrBusy)
}

func TestAFileThatAppearsMeanwhileIsNotReplacedUnasked(t *testing.T) {
	t.Parallel()
	log := sale(t, 100)
	name := filepath.Join(t.TempDir(), "events")
	opts := file(log, export.NDJSON)
	opts.Progress = func(export.Progress) { assert.NoError(t, os.WriteFile(name, []byte("precious"), 0o600)) }
	_, err := export.ToFile(t.Context(), log, name, opts)
	require.ErrorIs(t, err, export.ErrExists)
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "precious", string(content))

	opts.Progress, opts.Overwrite = nil, true
	result, err := export.ToFile(t.Context(), log, name, opts)
	require.NoError(t, err)
	require.Positive(t, result.ResumedAfter, "what was written is not written again")
	require.Equal(t, text(t, log, all(log, export.NDJSON)), onlyFile(t, name))
}

// The umask decides who may read an export, as it does for other files.
func TestAnExportIsReadByWhoeverReadsTheUsersFiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	other, err := os.Create(filepath.Join(folder, "other"))
	require.NoError(t, err)
	require.NoError(t, other.Close())
	log := sale(t, 10)
	_, err = export.ToFile(t.Context(), log, filepath.Join(folder, "events"), file(log, export.NDJSON))
	require.NoError(t, err)
	require.Equal(t, modeOf(t, other.Name()), modeOf(t, filepath.Join(folder, "events")))
}

func modeOf(t testing.TB, name string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	require.NoError(t, err)
	return info.Mode()
}

// blocking is a log that waits in front of its first event.
type blocking struct {
	memory

	begun, goOn chan struct{}
}

func (b blocking) ScanPages(ctx context.Context, after, upTo eventstore.Position, open func() eventstore.Page) error {
	close(b.begun)
	<-b.goOn
	return b.memory.ScanPages(ctx, after, upTo, open)
}

func TestTwoExportsToOneFile(t *testing.T) {
	t.Parallel()
	log := blocking{sale(t, 100), make(chan struct{}), make(chan struct{})}
	name := filepath.Join(t.TempDir(), "events")
	first := make(chan error, 1)
	go func() {
		_, err := export.ToFile(t.Context(), log, name, file(log.memory, export.NDJSON))
		first <- err
	}()
	<-log.begun
	_, err := export.ToFile(t.Context(), log.memory, name, file(log.memory, export.NDJSON))
	require.ErrorIs(t, err, export.ErrBusy)
	close(log.goOn)
	require.NoError(t, <-first)
}

func TestABrokenNoteIsAnError(t *testing.T) {
	t.Parallel()
	log := sale(t, 100)
	name := filepath.Join(t.TempDir(), "events")
	require.NoError(t, os.WriteFile(name+".part.json", []byte("{"), 0o600))
	_, err := export.ToFile(t.Context(), log, name, file(log, export.NDJSON))
	require.ErrorContains(t, err, "does not say how far an export had come")
}
