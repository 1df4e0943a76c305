package eventstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// filled is a store whose log has n notes on three streams in turn.
func filled(t *testing.T, n int) (store, []eventstore.Event) {
	t.Helper()
	s := newStore(t)
	events := make([]eventstore.NewEvent, n)
	for i := range events {
		events[i] = note(fmt.Sprintf("stream-%d", i%3), fmt.Sprint(i), []string{"", "tag"}[i%2])
	}
	receipt, err := s.writer.Append(t.Context(), eventstore.Commit{Metadata: eventstore.Metadata{Actor: "filler"}, Events: events})
	require.NoError(t, err)
	return s, receipt.Events
}

func TestReadPages(t *testing.T) {
	t.Parallel()
	s, all := filled(t, 10)
	for _, test := range []struct {
		after eventstore.Position
		limit int
		want  []eventstore.Event
	}{
		{0, 100, all},
		{-7, 3, all[:3]},
		{0, 3, all[:3]},
		{3, 3, all[3:6]},
		{9, 3, all[9:]},
		{10, 3, all[:0]},
		{math.MaxInt64, 3, all[:0]},
	} {
		page, err := s.log.Read(t.Context(), test.after, test.limit)
		require.NoError(t, err)
		require.Equal(t, test.want, page, "after %d, limit %d", test.after, test.limit)
	}
	_, err := s.log.Read(t.Context(), 0, -1)
	require.ErrorContains(t, err, "LIMIT must not be negative")
	_, err = s.log.Read(closedContext(t), 0, 1)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
}

func closedContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestReadStreamPages(t *testing.T) {
	t.Parallel()
	s, all := filled(t, 10)
	stream := slices.DeleteFunc(slices.Clone(all), func(e eventstore.Event) bool { return e.Stream != "stream-0" })
	require.Len(t, stream, 4)
	for _, test := range []struct {
		after eventstore.Version
		limit int
		want  []eventstore.Event
	}{
		{0, 100, stream},
		{0, 2, stream[:2]},
		{2, 1, stream[2:3]},
		{4, 1, stream[:0]},
	} {
		page, err := s.log.ReadStream(t.Context(), "stream-0", test.after, test.limit)
		require.NoError(t, err)
		require.Equal(t, test.want, page, "after %d, limit %d", test.after, test.limit)
	}
	page, err := s.log.ReadStream(t.Context(), "no such stream", 0, 1)
	require.NoError(t, err)
	require.Empty(t, page)
}

func TestReadStreamAfterAPosition(t *testing.T) {
	t.Parallel()
	const n = 50
	s, all := filled(t, n)
	for _, stream := range []string{"stream-0", "stream-1", "no such stream"} {
		for _, after := range []eventstore.Position{-3, 0, 1, 2, 3, 4, 5, 24, 25, 26, n - 3, n - 2, n - 1, n, n + 1, math.MaxInt64} {
			for _, limit := range []int{0, 1, 7, n} {
				want := slices.DeleteFunc(slices.Clone(all), func(e eventstore.Event) bool { return e.Stream != stream || e.Position <= after })
				want = want[:min(limit, len(want))]
				page, err := s.log.ReadStreamAfter(t.Context(), stream, after, limit)
				require.NoError(t, err)
				require.Equal(t, want, page, "%s after %d, limit %d", stream, after, limit)
			}
		}
	}
}

// What Read returns belongs to the caller, event by event.
func TestReadEventsAreApart(t *testing.T) {
	t.Parallel()
	s, all := filled(t, 4)
	page, err := s.log.Read(t.Context(), 0, 4)
	require.NoError(t, err)
	for i := range page {
		page[i].Payload = append(page[i].Payload, "more than there was"...)
		page[i].Metadata = append(page[i].Metadata, "more than there was"...)
		page[i].Payload[0], page[i].Metadata[0] = '!', '?'
	}
	for i := range page {
		require.Equal(t, "!"+string(all[i].Payload[1:])+"more than there was", string(page[i].Payload))
		require.Equal(t, "?"+string(all[i].Metadata[1:])+"more than there was", string(page[i].Metadata))
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	const n = 25_000 // several pages
	s, all := filled(t, n)
	for _, test := range []struct{ after, upTo, first, last eventstore.Position }{
		{0, n, 1, n},
		{0, math.MaxInt64, 1, n},
		{-3, n, 1, n},
		{9_999, 20_001, 10_000, 20_001},
		{n - 1, n + 5, n, n},
	} {
		next := test.first
		err := s.log.Scan(t.Context(), test.after, test.upTo, func(e eventstore.Event) error {
			want := &all[next-1]
			if e.Position != next || e.Stream != want.Stream || e.Version != want.Version || e.Tag != want.Tag ||
				!e.RecordedAt.Equal(want.RecordedAt) || !bytes.Equal(e.Payload, want.Payload) || !bytes.Equal(e.Metadata, want.Metadata) {
				return fmt.Errorf("got %v, want %v", e, *want)
			}
			next++
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, test.last+1, next)
	}
	for _, empty := range [][2]eventstore.Position{{n, n}, {n, n + 1}, {5, 4}, {math.MaxInt64, math.MaxInt64}} {
		require.NoError(t, s.log.Scan(t.Context(), empty[0], empty[1], func(eventstore.Event) error { return errors.New("visited") }))
	}
}

func TestScanFacts(t *testing.T) {
	t.Parallel()
	const n = 10_500 // more than a page
	s, all := filled(t, n)
	next := eventstore.Position(3)
	require.NoError(t, s.log.ScanFacts(t.Context(), 2, n, func(e eventstore.Event) error {
		want := &all[next-1]
		if e.Position != next || e.Type != want.Type || !e.RecordedAt.Equal(want.RecordedAt) || !bytes.Equal(e.Payload, want.Payload) {
			return fmt.Errorf("got %v, want %v", e, *want)
		}
		if e.Stream != "" || e.Version != 0 || e.Tag != "" || e.Metadata != nil {
			return fmt.Errorf("%v is more than a fact", e)
		}
		next++
		return nil
	}))
	require.EqualValues(t, n+1, next)
}

func TestScanStopsWithTheVisitorsError(t *testing.T) {
	t.Parallel()
	s, _ := filled(t, 10)
	enough := errors.New("enough")
	visited := 0
	for range 20 { // more often than the pool has connections
		err := s.log.Scan(t.Context(), 0, 10, func(eventstore.Event) error { visited++; return enough })
		require.Equal(t, enough, err)
	}
	require.Equal(t, 20, visited)
	require.ErrorIs(t, s.log.Scan(closedContext(t), 0, 10, nil), context.Canceled)
}

// Pages that are under way when a visit ends it leave the pool as it was, and a
// visit may read by the pool's only connection.
func TestScanGivesConnectionsBack(t *testing.T) {
	t.Parallel()
	const n = 20_000 // several pages
	s, _ := filled(t, n)
	config := s.pool.Config()
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	log, err := eventstore.Open(t.Context(), pool, eventstore.Options{AllowUnsafe: true})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	enough := errors.New("enough")
	for _, stop := range []eventstore.Position{1, 4_001, 9_000, n} {
		err := log.Scan(t.Context(), 0, n, func(e eventstore.Event) error {
			if e.Position < stop {
				return nil
			}
			if _, err := log.Read(t.Context(), 0, 1); err != nil {
				return err
			}
			return enough
		})
		require.Equal(t, enough, err)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	empty := head(t, s.log)
	require.Zero(t, empty.Position)
	receipt := mustAppend(t, s, "s", "1", "2")
	h := head(t, s.log)
	require.Equal(t, receipt.Position(), h.Position)
	require.False(t, h.Now.Before(receipt.Events[0].RecordedAt))
	_, err := s.log.Head(closedContext(t))
	require.ErrorIs(t, err, eventstore.ErrUnavailable)
}
