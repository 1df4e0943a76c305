package sink

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// part is a batch of one partition of a supply.
func part(rows map[Partition][]*parquetrow.Row, p Partition, from, to int) batch {
	all := rows[p]
	return batch{
		marks: map[Partition]step{p: {from: int64(from), to: Mark{Next: int64(to), Position: all[to-1].Position}}},
		rows:  slices.Clone(all[from:to]),
	}
}

func TestASinkThatWakesUpLateWritesNothing(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "events")
	is := identity{Source: "/s", Group: "g", Format: NDJSON}
	open := func() *folder {
		f, err := openFolder(t.Context(), osDisk{}, root, is)
		require.NoError(t, err)
		return f
	}
	rows := supply()
	odd, even := Partition{Topic: "t", Number: 1}, Partition{Topic: "t"}
	stalled, successor := open(), open()
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(root, "date=*", "hour=*", "*"))
		require.NoError(t, err)
		return found
	}

	_, err := stalled.write(t.Context(), part(rows, odd, 0, 4))
	require.NoError(t, err)
	// It stalls with more in its buffer; the partition moves and is written.
	marks, err := successor.marks(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 4, marks[odd].Next)
	_, err = successor.write(t.Context(), part(rows, odd, 4, 9))
	require.NoError(t, err)
	before := files()

	_, err = stalled.write(t.Context(), part(rows, odd, 4, 8))
	require.ErrorIs(t, err, errOvertaken)
	require.ErrorContains(t, err, "t/1: the disk ends at offset 9, not at 4")
	// Nor does it write what it has of another partition in the same batch.
	mixed := part(rows, odd, 4, 8)
	maps.Copy(mixed.marks, part(rows, even, 0, 2).marks)
	_, err = stalled.write(t.Context(), mixed)
	require.ErrorIs(t, err, errOvertaken)
	require.Equal(t, before, files())

	_, err = stalled.write(t.Context(), part(rows, even, 0, 12))
	require.NoError(t, err)
	_, err = successor.write(t.Context(), part(rows, odd, 9, 12))
	require.NoError(t, err)
	marks, err = stalled.marks(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[Partition]Mark{odd: {Next: 12, Position: 24}, even: {Next: 12, Position: 23}}, marks)
	require.NoError(t, stalled.close())
	require.NoError(t, successor.close())
}
