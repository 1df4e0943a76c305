package eventstore_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// collected is a page that keeps copies of its events.
type collected struct{ events []eventstore.Event }

func (c *collected) add(e eventstore.Event) error {
	e.Payload, e.Metadata = bytes.Clone(e.Payload), bytes.Clone(e.Metadata)
	c.events = append(c.events, e)
	return nil
}

// Pages that are done one after another have every event of the range once, in
// order, and say where they end.
func TestScanPages(t *testing.T) {
	t.Parallel()
	const n = 25_000 // several pages
	s, all := filled(t, n)
	for _, test := range []struct{ after, upTo, first, last eventstore.Position }{
		{0, n, 1, n},
		{-3, n, 1, n},
		{9_999, 20_001, 10_000, 20_001},
		{n - 1, n + 10_000, n, n},
	} {
		var (
			got     []eventstore.Event
			reached = test.first - 1
		)
		err := s.log.ScanPages(t.Context(), test.after, test.upTo, func() eventstore.Page {
			var c collected
			return eventstore.Page{Add: c.add, Done: func(last eventstore.Position) error {
				for _, e := range c.events {
					require.Greater(t, e.Position, reached)
					require.LessOrEqual(t, e.Position, last)
				}
				got, reached = append(got, c.events...), last
				return nil
			}}
		})
		require.NoError(t, err)
		require.Equal(t, test.last, reached)
		require.Len(t, got, int(test.last-test.first+1))
		for i := range got {
			require.Equal(t, all[int(test.first)-1+i], got[i])
		}
	}
	never := func() eventstore.Page { panic("opened") }
	require.NoError(t, s.log.ScanPages(t.Context(), 5, 4, never))
	require.NoError(t, s.log.ScanPages(t.Context(), n, n+1, never))
}

// A page that fails ends the scan when those before it are done, whichever
// failed first, and the pool stays as it was.
func TestScanPagesEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	const n = 25_000 // several pages
	s, _ := filled(t, n)
	spoiled := errors.New("spoiled")
	scan := func(ctx context.Context, add func(eventstore.Event) error, done func(eventstore.Position) error) error {
		return s.log.ScanPages(ctx, 0, n, func() eventstore.Page { return eventstore.Page{Add: add, Done: done} })
	}
	for range 20 { // more often than the pool has connections
		var reached eventstore.Position
		err := scan(t.Context(), func(e eventstore.Event) error {
			if e.Position >= n/2 {
				return spoiled
			}
			return nil
		}, func(last eventstore.Position) error {
			reached = last
			return nil
		})
		require.Equal(t, spoiled, err)
		require.Less(t, reached, eventstore.Position(n/2))
		require.Positive(t, reached)
	}
	add := func(eventstore.Event) error { return nil }
	require.Equal(t, spoiled, scan(t.Context(), add, func(eventstore.Position) error { return spoiled }))
	require.ErrorIs(t, scan(closedContext(t), add, nil), context.Canceled)
}
