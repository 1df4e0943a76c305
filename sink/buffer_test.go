package sink

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

func TestABufferTakesNoMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := Partition{Topic: "t"}
		b := newBuffer(limits{rows: 3, bytes: 1 << 20})
		b.assign(p, 7, Mark{Next: 7, Position: 100})
		var offset int64 = 7
		received := make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for {
				err := b.add(ctx, p, []delivery{{offset: offset, row: parquetrow.Row{Position: 94 + offset}}})
				if err != nil {
					received <- err
					return
				}
				offset++
			}
		}()
		synctest.Wait()
		// Positions 101 to 103 are taken, and nothing more comes in.
		require.EqualValues(t, 10, offset)
		require.Len(t, b.full, 1)
		require.Len(t, b.begun, 1)
		first := b.take()
		require.Equal(t, map[Partition]step{p: {from: 7, to: Mark{Next: 10, Position: 103}}}, first.marks)
		require.Len(t, first.rows, 3)

		synctest.Wait()
		require.EqualValues(t, 13, offset)
		second := b.take()
		require.Equal(t, map[Partition]step{p: {from: 10, to: Mark{Next: 13, Position: 106}}}, second.marks)

		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-received, context.Canceled)
	})
}

func TestABufferIsFullByItsBytesToo(t *testing.T) {
	t.Parallel()
	p := Partition{Topic: "t"}
	b := newBuffer(limits{rows: 1_000, bytes: 5_000})
	b.assign(p, 0, Mark{})
	for i := range int64(5) {
		require.Empty(t, b.full)
		require.NoError(t, b.add(t.Context(), p, []delivery{{offset: i, row: parquetrow.Row{Position: i + 1, Payload: make([]byte, 1_000)}}}))
	}
	require.Len(t, b.full, 1)
}

func TestWhatIsLeftOutMovesTheOffsetAlone(t *testing.T) {
	t.Parallel()
	p := Partition{Topic: "t"}
	b := newBuffer(limits{rows: 1_000, bytes: 1 << 20})
	b.assign(p, 4, Mark{Next: 4, Position: 9})
	require.NoError(t, b.add(t.Context(), p, []delivery{
		{offset: 4, row: parquetrow.Row{Position: 9}},
		{offset: 5, fate: replayed, row: parquetrow.Row{Position: 50}},
		{offset: 8, fate: skipped},
	}))
	require.Equal(t, Counts{Duplicates: 1, Replays: 1, Skipped: 1}, b.counts)
	taken := b.take()
	require.Empty(t, taken.rows)
	require.Equal(t, map[Partition]step{p: {from: 4, to: Mark{Next: 9, Position: 9}}}, taken.marks)
	require.True(t, b.take().empty())
}

func TestAGapIsABatchOfItsOwn(t *testing.T) {
	t.Parallel()
	p, whole := Partition{Topic: "t"}, Partition{Topic: "t", Number: 1}
	b := newBuffer(limits{rows: 1_000, bytes: 1 << 20})
	b.assign(whole, 5, Mark{Next: 5, Position: 8})
	require.Empty(t, b.begun)
	b.assign(p, 4, Mark{Next: 9, Position: 7})
	require.Len(t, b.begun, 1)
	require.True(t, b.reached(map[Partition]int64{p: 9, whole: 5}))
	taken := b.take()
	require.Empty(t, taken.rows)
	require.Equal(t, map[Partition]step{p: {from: 4, to: Mark{Next: 9, Position: 7}}}, taken.marks)
}
