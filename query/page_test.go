package query

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCursorNamesItsPosition(t *testing.T) {
	t.Parallel()
	for _, position := range []Position{1, 127, 128, 1_000_000, math.MaxInt64} {
		before, ok := readCursor(writeCursor(position))
		require.True(t, ok)
		require.Equal(t, int64(position), before)
	}
}

func TestPageBounds(t *testing.T) {
	t.Parallel()
	before, limit, err := Page{}.bounds()
	require.NoError(t, err)
	require.Equal(t, int64(math.MaxInt64), before)
	require.Equal(t, DefaultPageSize, limit)
	before, limit, err = Page{Limit: MaxPageSize, Cursor: writeCursor(7)}.bounds()
	require.NoError(t, err)
	require.Equal(t, int64(7), before)
	require.Equal(t, MaxPageSize, limit)
}

// FuzzCursor: whatever a client sends is refused or is a cursor that we wrote.
func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(writeCursor(1))
	f.Add(writeCursor(math.MaxInt64))
	f.Add("AYAB")
	f.Add("AX0\r")
	f.Fuzz(func(t *testing.T, cursor string) {
		if before, ok := readCursor(cursor); ok {
			require.Positive(t, before)
			require.Equal(t, cursor, writeCursor(Position(before)))
		}
	})
}

func TestDigestKeepsPartsApart(t *testing.T) {
	t.Parallel()
	var a, b, c digest
	a.text("ab")
	a.text("c")
	b.text("a")
	b.text("bc")
	c.text("abc")
	require.Len(t, a.revision(), 16)
	require.NotEqual(t, a.revision(), b.revision())
	require.NotEqual(t, b.revision(), c.revision())
}
