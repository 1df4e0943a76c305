package eventstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// monday is when the logs of these tests begin.
var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// awkward are names that mean something to LIKE, to split_part or to nobody.
var awkward = []string{"seat-1", "seat-1-2", "seat-12", "seat", "seat-", "se_t-1", "se%t-1", `se\t-1`, "wallet-ü", "-", "seat*-1"}

// recordLog fills a log with events of awkward names and returns them. Three
// of four share the time of the one before.
func recordLog(t *testing.T, databaseURL string, n int) []eventstore.Event {
	t.Helper()
	versions := map[string]eventstore.Version{}
	events := make([]eventstore.Event, n)
	for i := range events {
		stream := awkward[i*7%len(awkward)]
		versions[stream]++
		metadata, err := json.Marshal(eventstore.Metadata{Actor: []string{"", "user:1", "user:12", "admin:a"}[i%4]})
		require.NoError(t, err)
		events[i] = eventstore.Event{
			Position: eventstore.Position(i + 1), Stream: stream, Version: versions[stream],
			Type:    []string{"desk.held.v1", "desk.held.v2", "noted.v1"}[i*5%3],
			Payload: []byte(`{}`), Metadata: metadata, RecordedAt: monday.Add(time.Duration(i/4) * 25 * time.Minute),
		}
	}
	conn := owner(t, databaseURL)
	_, err := conn.CopyFrom(t.Context(), pgx.Identifier{"holdfast", "events"},
		[]string{"position", "version", "recorded_at", "stream", "type", "payload", "metadata"},
		pgx.CopyFromSlice(n, func(i int) ([]any, error) {
			e := events[i]
			return []any{e.Position, e.Version, e.RecordedAt, e.Stream, e.Type, e.Payload, e.Metadata}, nil
		}))
	require.NoError(t, err)
	return events
}

// openReader opens the log as the role that can only read it.
func openReader(t *testing.T, databaseURL string) *eventstore.Log {
	t.Helper()
	pool, err := eventstore.Connect(t.Context(), databaseURL, eventstore.RoleReader)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	log, err := eventstore.Open(t.Context(), pool, eventstore.Options{AllowUnsafe: true})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return log
}

// selections draws selections that have something to do with recordLog's events.
func selections(n int) *rapid.Generator[eventstore.Selection] {
	patterns := func(names ...string) *rapid.Generator[[]string] {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			name := rapid.SampledFrom(names).Draw(t, "name")
			if rapid.Bool().Draw(t, "exact") {
				return name
			}
			runes := []rune(name)
			return string(runes[:rapid.IntRange(0, len(runes)).Draw(t, "length")]) + "*"
		}), 0, 3)
	}
	return rapid.Custom(func(t *rapid.T) eventstore.Selection {
		return eventstore.Selection{
			After:      eventstore.Position(rapid.IntRange(0, n+1).Draw(t, "after")),
			UpTo:       eventstore.Position(rapid.IntRange(0, n+2).Draw(t, "upTo")),
			Streams:    patterns(awkward...).Draw(t, "streams"),
			Categories: patterns("seat", "se_t", "se%t", `se\t`, "wallet", "", "none").Draw(t, "categories"),
			Types:      patterns("desk.held.v1", "desk.held.v2", "noted.v1", "noted_v1").Draw(t, "types"),
			Actors:     patterns("user:1", "user:12", "admin:a", "").Draw(t, "actors"),
		}
	})
}

// What the database selects is what the plain rule says, and so is what it counts.
func TestSelectIsMatch(t *testing.T) {
	t.Parallel()
	const n = 120
	databaseURL := pgtest.New(t)
	events := recordLog(t, databaseURL, n)
	log := openReader(t, databaseURL)
	rapid.Check(t, func(rt *rapid.T) {
		selection := selections(n).Draw(rt, "selection")
		var want, got []eventstore.Position
		for _, e := range events {
			match, err := selection.Match(e)
			require.NoError(rt, err)
			if match {
				want = append(want, e.Position)
			}
		}
		var passed []eventstore.Position
		require.NoError(rt, log.Select(t.Context(), selection, func(e eventstore.Event) error {
			require.Equal(rt, events[e.Position-1], e)
			got = append(got, e.Position)
			return nil
		}, func(p eventstore.Position) error {
			passed = append(passed, p)
			return nil
		}))
		require.Equal(rt, want, got)
		if last := min(selection.UpTo, n); selection.After < last {
			require.Equal(rt, last, passed[len(passed)-1])
		}

		var counted int64
		require.NoError(rt, log.CountBy(t.Context(), selection, []string{"hour", "stream"}, func(c eventstore.Count) error {
			counted += c.Events
			return nil
		}))
		require.EqualValues(rt, len(want), counted)
	})
}

func TestCountByGroups(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	events := recordLog(t, databaseURL, 60)
	log := openReader(t, databaseURL)
	for by, key := range map[string]func(eventstore.Event) string{
		"type":     func(e eventstore.Event) string { return e.Type },
		"category": func(e eventstore.Event) string { return eventstore.Category(e.Stream) },
		"stream":   func(e eventstore.Event) string { return e.Stream },
		"actor": func(e eventstore.Event) string {
			m, err := e.DecodeMetadata()
			require.NoError(t, err)
			return m.Actor
		},
		"minute": func(e eventstore.Event) string { return e.RecordedAt.Format("2006-01-02T15:04:00Z") },
		"hour":   func(e eventstore.Event) string { return e.RecordedAt.Format("2006-01-02T15:00:00Z") },
		"day":    func(e eventstore.Event) string { return e.RecordedAt.Format("2006-01-02") },
	} {
		want, got, order := map[string]int64{}, map[string]int64{}, []string{}
		for _, e := range events {
			want[key(e)]++
		}
		require.NoError(t, log.CountBy(t.Context(), eventstore.Selection{UpTo: 60}, []string{by}, func(c eventstore.Count) error {
			got[c.Key[0]] += c.Events
			order = append(order, c.Key[0])
			return nil
		}))
		require.Equal(t, want, got, by)
		require.True(t, slices.IsSorted(order), "%s: %q", by, order)
	}
	require.ErrorContains(t, log.CountBy(t.Context(), eventstore.Selection{}, []string{"mood"}, nil), `by "mood"`)
	enough := errors.New("enough")
	stop := func(eventstore.Count) error { return enough }
	require.ErrorIs(t, log.CountBy(t.Context(), eventstore.Selection{UpTo: 60}, nil, stop), enough)
}

func TestSelectStopsWithItsVisitors(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	recordLog(t, databaseURL, 10)
	log := openReader(t, databaseURL)
	enough := errors.New("enough")
	all := eventstore.Selection{UpTo: 10}
	require.ErrorIs(t, log.Select(t.Context(), all, func(eventstore.Event) error { return enough }, nil), enough)
	none := func(eventstore.Event) error { return nil }
	require.ErrorIs(t, log.Select(t.Context(), all, none, func(eventstore.Position) error { return enough }), enough)
	closed, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, log.Select(closed, all, none, nil), context.Canceled)
}

// The search agrees with looking at every event, at and around each time.
func TestLastAt(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 3, 41, 64, 65} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.New(t)
			events := recordLog(t, databaseURL, n)
			log := openReader(t, databaseURL)
			ask := func(at time.Time) {
				var want eventstore.Position
				for _, e := range events {
					if !e.RecordedAt.After(at) {
						want = e.Position
					}
				}
				got, err := log.LastAt(t.Context(), at)
				require.NoError(t, err)
				require.Equal(t, want, got, "%s", at)
			}
			ask(time.Time{})
			ask(monday)
			ask(monday.AddDate(10, 0, 0))
			for _, e := range events {
				for _, off := range []time.Duration{-time.Microsecond, -time.Nanosecond, 0, 999 * time.Nanosecond, time.Microsecond} {
					ask(e.RecordedAt.Add(off))
				}
			}
		})
	}
}

func TestReaderIsReadOnly(t *testing.T) {
	t.Parallel()
	pool, err := eventstore.Connect(t.Context(), pgtest.New(t), eventstore.RoleReader)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	_, err = pool.Exec(t.Context(), `CREATE TEMPORARY TABLE t ()`)
	require.ErrorContains(t, err, "read-only transaction")
}

func FuzzSelectionMatch(f *testing.F) {
	f.Add("seat-*", "seat-1")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		match, err := eventstore.Selection{UpTo: 1, Streams: []string{pattern}}.Match(eventstore.Event{Position: 1, Stream: name})
		require.NoError(t, err)
		beginning, open := strings.CutSuffix(pattern, "*")
		require.Equal(t, name == pattern || open && len(name) >= len(beginning) && name[:len(beginning)] == beginning, match)
	})
}

// Where the log ended at the beginning is where a selection ends: pages further
// on would be read at different moments, and could have gaps between them.
func TestSelectEndsWhereTheLogEnded(t *testing.T) {
	t.Parallel()
	for name, selection := range map[string]eventstore.Selection{
		"a range":     {UpTo: 12_345},
		"some events": {UpTo: 12_345, Categories: []string{"*"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := filled(t, 10)
			var visited, last eventstore.Position
			err := s.log.Select(t.Context(), selection, func(e eventstore.Event) error {
				if e.Position == 1 {
					mustAppend(t, s, "late", "1", "2", "3")
				}
				visited = e.Position
				return nil
			}, func(position eventstore.Position) error {
				last = position
				return nil
			})
			require.NoError(t, err)
			require.EqualValues(t, 10, visited)
			require.EqualValues(t, 10, last)
		})
	}
}
