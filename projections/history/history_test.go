package history_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func TestMain(m *testing.M) { pgtest.Main(m, eventstore.Migrate) }

// The database's clean-up runs the independent check of the whole log.
func TestRandomHistoriesAreLawful(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		sale := history.New(seed)
		sale.Random(4_000)
		conn, err := pgx.Connect(t.Context(), pgtest.New(t))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		require.NoError(t, history.Insert(t.Context(), conn, sale.Events()))
	}
}

func TestEveryEventTypeHappens(t *testing.T) {
	t.Parallel()
	sale := history.New(1)
	sale.Random(20_000)
	seen := make(map[string]int)
	for _, e := range sale.Events() {
		seen[e.Type]++
	}
	require.Len(t, seen, 13)
}

func TestHistoriesDependOnTheirSeedAlone(t *testing.T) {
	t.Parallel()
	first, second, other := history.New(5), history.New(5), history.New(6)
	for _, sale := range []*history.Sale{first, second, other} {
		sale.Random(500)
	}
	require.Equal(t, first.Events(), second.Events())
	require.NotEqual(t, first.Events(), other.Events())
}

func TestLogReadsInPages(t *testing.T) {
	t.Parallel()
	sale := history.New(1)
	sale.Random(250)
	log := history.NewLog(sale.Events())
	var read []eventstore.Event
	for {
		page, err := log.Read(t.Context(), eventstore.Position(len(read)), 100)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		read = append(read, page...)
	}
	require.Equal(t, sale.Events(), read)
	head, err := log.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, read[len(read)-1].Position, head.Position)
}

func TestLogFollowsWhatIsAppended(t *testing.T) {
	t.Parallel()
	sale := history.New(1)
	sale.Random(10)
	log := history.NewLog(nil)
	enough := errors.New("enough")
	go log.Append(sale.Events()...)
	var seen int
	err := log.Follow(t.Context(), 0, func(_ context.Context, events []eventstore.Event) error {
		if seen += len(events); seen == len(sale.Events()) {
			return enough
		}
		return nil
	})
	require.ErrorIs(t, err, enough)
}

func TestLogFails(t *testing.T) {
	t.Parallel()
	log := history.NewLog(nil)
	broken := errors.New("broken")
	log.Fail(broken)
	_, err := log.Read(t.Context(), 0, 1)
	require.ErrorIs(t, err, broken)
	log.Fail(nil)
	_, err = log.Read(t.Context(), 0, 1)
	require.NoError(t, err)
}

// The database's clean-up runs the independent check of the whole log.
func TestFilledLogsAreLawfulAndComplete(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	indexes := func() (names []string) {
		rows, err := conn.Query(t.Context(), `SELECT indexdef FROM pg_indexes WHERE tablename = 'events' ORDER BY indexdef`)
		require.NoError(t, err)
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return names
	}
	before := indexes()
	const n = 45_678
	require.NoError(t, history.Fill(t.Context(), url, 1, n))
	require.Equal(t, before, indexes())
	var events, types int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT max(position), count(DISTINCT type) FROM holdfast.events`).Scan(&events, &types))
	require.Equal(t, n, events)
	require.Equal(t, 13, types)
	require.ErrorContains(t, history.Fill(t.Context(), url, 1, 1), "not empty")
}

func TestTakenEventsGoOn(t *testing.T) {
	t.Parallel()
	whole, taken := history.New(3), history.New(3)
	whole.OnSale(1_000)
	var events []eventstore.Event
	for len(events) < 1_000 {
		taken.OnSale(1)
		events = append(events, taken.Take()...)
	}
	require.Equal(t, whole.Events(), events)
	require.Empty(t, taken.Events())
}

// BenchmarkFill is how fast a log of a million events is made, without fsync.
func BenchmarkFill(b *testing.B) {
	const n = 1_000_000
	for b.Loop() {
		require.NoError(b, history.Fill(b.Context(), pgtest.New(b), 1, n))
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkOnSale is how fast a history is made in memory.
func BenchmarkOnSale(b *testing.B) {
	sale := history.New(1)
	for b.Loop() {
		sale.OnSale(1_000)
		sale.Take()
	}
	b.ReportMetric(float64(1_000*b.N)/b.Elapsed().Seconds(), "events/s")
}
